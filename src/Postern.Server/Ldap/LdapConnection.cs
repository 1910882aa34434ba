using System.Collections.Immutable;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using Postern.Mapping.Evaluation;
using Postern.Policy.Directories;

namespace Postern.Server.Ldap;

/// <summary>
/// One connection to a directory server, on which one thing is done at a time. Any exception leaves it broken: it is closed and not used
/// again. Each call has to be given a time limit by its token.
/// </summary>
internal sealed class LdapConnection : IAsyncDisposable
{
    /// <summary>Octets of all entries of one search.</summary>
    private const long MaximumSearch = 64L * 1024 * 1024;

    private readonly Socket _socket;
    private Stream _stream;
    private byte[] _buffer = new byte[8 * 1024];
    private int _start;
    private int _end;
    private int _lastId;
    private long _received;

    private LdapConnection(DirectoryHost host, Socket socket)
    {
        Host = host;
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    public DirectoryHost Host { get; }

    /// <summary>Connects and brings TLS up, before anything else is said.</summary>
    /// <exception cref="LdapException">no usable connection.</exception>
    public static async Task<LdapConnection> OpenAsync(DirectoryHost host, DirectoryTls tls, LdapTrust trust, CancellationToken cancellationToken)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(host.Name, host.Port, cancellationToken);
        }
        catch (SocketException e)
        {
            socket.Dispose();
            throw new LdapException(LdapFault.Connect, $"{host} cannot be reached: {e.Message}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        LdapConnection connection = new(host, socket);
        try
        {
            if (tls == DirectoryTls.StartTls) await connection.AskForTlsAsync(cancellationToken);
            if (tls != DirectoryTls.None) await connection.HandshakeAsync(trust.For(host), cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether the server accepts the name and password.</summary>
    /// <param name="password">an empty one is never sent with a name: servers take that for anonymous, and say yes (RFC 4513 §5.1.2).</param>
    /// <exception cref="LdapException">no answer, or one other than yes or no.</exception>
    public async Task<bool> BindAsync(string dn, string password, CancellationToken cancellationToken)
    {
        if (password.Length == 0 && dn.Length > 0) return false;
        int id = ++_lastId;
        await SendAsync(LdapEncoder.Bind(id, dn, password), cancellationToken);
        if (await ReceiveAsync(id, cancellationToken) is not LdapMessage.BindDone { Result: var result })
            throw new LdapException(LdapFault.Malformed, "the answer to a bind is something else");
        return result.Code switch
        {
            LdapResult.Success => true,
            LdapResult.InvalidCredentials or LdapResult.NoSuchObject => false,
            _ => throw new LdapException(LdapFault.Refused, $"bind: {result}"),
        };
    }

    /// <summary>All entries a search finds; a base that does not exist has none.</summary>
    /// <exception cref="LdapException">no answer, not the whole answer, or more entries than <paramref name="sizeLimit"/>.</exception>
    public async Task<ImmutableArray<DirectoryEntry>> SearchAsync(DirectorySearch search, int sizeLimit, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        int id = ++_lastId;
        await SendAsync(LdapEncoder.Search(id, search, sizeLimit, (int)Math.Ceiling(timeLimit.TotalSeconds)), cancellationToken);
        ImmutableArray<DirectoryEntry>.Builder entries = ImmutableArray.CreateBuilder<DirectoryEntry>();
        long before = _received;
        while (true)
        {
            switch (await ReceiveAsync(id, cancellationToken))
            {
                case LdapMessage.Entry entry:
                    if (entries.Count == sizeLimit || _received - before > MaximumSearch)
                        throw new LdapException(LdapFault.Malformed, $"a search gives more than {sizeLimit} entries or {MaximumSearch} octets");
                    entries.Add(entry.Found);
                    break;
                case LdapMessage.Reference when _received - before <= MaximumSearch:
                    break;
                case LdapMessage.SearchDone { Result.Code: LdapResult.Success or LdapResult.NoSuchObject }:
                    return entries.ToImmutable();
                case LdapMessage.SearchDone { Result: var result }:
                    throw new LdapException(LdapFault.Refused, $"search: {result}");
                default:
                    throw new LdapException(LdapFault.Malformed, "the answer to a search is something else");
            }
        }
    }

    /// <summary>Takes leave and closes.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            // A server that takes nothing must not hold us up: what does not fit the socket at once is not sent.
            if (_stream is NetworkStream && _socket.Poll(0, SelectMode.SelectWrite)) _stream.Write(LdapEncoder.Unbind(++_lastId));
        }
        catch (IOException)
        {
            // It hung up first, which is what we are about to do.
        }

        await _stream.DisposeAsync();
    }

    private async Task AskForTlsAsync(CancellationToken cancellationToken)
    {
        int id = ++_lastId;
        await SendAsync(LdapEncoder.StartTls(id), cancellationToken);
        if (await ReceiveAsync(id, cancellationToken) is not LdapMessage.ExtendedDone { Result: var result })
            throw new LdapException(LdapFault.Malformed, "the answer to StartTLS is something else");
        if (result.Code != LdapResult.Success) throw new LdapException(LdapFault.Tls, $"the server does not start TLS: {result}");

        // Anything already here was sent in the clear, by whoever is on the wire.
        if (_end > _start) throw new LdapException(LdapFault.Tls, "the server sent more than its answer before TLS");
    }

    private async Task HandshakeAsync(SslClientAuthenticationOptions options, CancellationToken cancellationToken)
    {
        SslStream tls = new(_stream);
        _stream = tls;
        try
        {
            await tls.AuthenticateAsClientAsync(options, cancellationToken);
        }
        catch (Exception e) when (e is AuthenticationException or IOException)
        {
            throw new LdapException(LdapFault.Tls, $"TLS: {e.Message}", e);
        }
    }

    private async Task SendAsync(byte[] request, CancellationToken cancellationToken)
    {
        try
        {
            await _stream.WriteAsync(request, cancellationToken);
            await _stream.FlushAsync(cancellationToken);
        }
        catch (IOException e)
        {
            throw new LdapException(LdapFault.Lost, $"the connection broke: {e.Message}", e);
        }
    }

    private async Task<LdapMessage> ReceiveAsync(int id, CancellationToken cancellationToken)
    {
        while (true)
        {
            int length = LdapDecoder.Length(_buffer.AsSpan(_start, _end - _start), out string? fault);
            if (fault is not null) throw new LdapException(LdapFault.Malformed, fault);
            if (length == 0 || length > _end - _start)
            {
                await FillAsync(cancellationToken);
                continue;
            }

            LdapMessage? message = LdapDecoder.Decode(_buffer.AsMemory(_start, length), out fault);
            _start += length;
            if (message is null) throw new LdapException(LdapFault.Malformed, fault!);
            if (message is { Id: 0 } and LdapMessage.ExtendedDone notice) throw new LdapException(LdapFault.Refused, $"the server ends the connection: {notice.Result}");
            if (message.Id != id) throw new LdapException(LdapFault.Malformed, "an answer is to no request of ours");
            return message;
        }
    }

    private async Task FillAsync(CancellationToken cancellationToken)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            (_start, _end) = (0, _end - _start);
        }

        // It grows with what has come, not with what was announced.
        if (_end == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        int count;
        try
        {
            count = await _stream.ReadAsync(_buffer.AsMemory(_end), cancellationToken);
        }
        catch (IOException e)
        {
            throw new LdapException(LdapFault.Lost, $"the connection broke: {e.Message}", e);
        }

        if (count == 0) throw new LdapException(LdapFault.Lost, "the server closed the connection");
        _end += count;
        _received += count;
    }
}
