using System.Buffers;
using System.IO.Pipelines;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Text;
using Postern.Queue;
using Postern.Server.Dns;
using Postern.Server.Listening;
using Postern.Server.Sessions;
using Postern.Smtp.Framing;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// One connection to a next hop (RFC 5321, client side). Phases have the timeouts of RFC 5321 §4.5.3.2, on the given
/// clock, each for a reply from its command to its last octet, however it comes.
/// Every method throws <see cref="SmtpPeerException"/> when the connection is of no more use.
/// </summary>
internal sealed class SmtpClientSession : IAsyncDisposable
{
    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan DataTimeout = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan DotTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan QuitTimeout = TimeSpan.FromSeconds(5);

    private readonly TimeProvider _time;
    private readonly ArrayBufferWriter<byte> _content = new();
    private Stream _stream;
    private PipeReader _input;
    private bool _isClosing;
    private string? _ending;

    private SmtpClientSession(TimeProvider time, Socket socket, NextHopTarget target, Action<string>? trace)
    {
        _time = time;
        Trace = trace;
        Target = target;
        Facts = new HopFacts(DecisionId.New(), HopFacts.TransportOf(socket.LocalEndPoint, socket.RemoteEndPoint));
        _stream = new NetworkStream(socket, ownsSocket: true);
        _input = PipeReader.Create(_stream, new StreamPipeReaderOptions(leaveOpen: true));
    }

    public NextHopTarget Target { get; }

    /// <summary>What is known of the connection so far.</summary>
    public HopFacts Facts { get; private set; }

    /// <summary>Is told once why the connection ended, when it is closed; null for nobody.</summary>
    public Action<string>? Closed { get; set; }

    /// <summary>Is told every command and reply, but no content and no secret; null for nobody.</summary>
    public Action<string>? Trace { get; set; }

    /// <summary>Keywords of the last EHLO reply, upper case, with their parameters.</summary>
    public IReadOnlyDictionary<string, string> Extensions { get; private set; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What the peer's last EHLO reply limits.</summary>
    public HopLimits Limits => Extensions.TryGetValue("LIMITS", out string? words) ? HopLimits.Of(words) : HopLimits.None;

    /// <summary>MAIL commands sent so far.</summary>
    public int Transactions { get; set; }

    /// <summary>The peer takes another MAIL on this connection.</summary>
    public bool TakesMore => IsOpen && Transactions < (Limits.Transactions ?? int.MaxValue);

    /// <summary>All content of this transaction with its final dot was sent: from now on a lost connection may hide a delivery.</summary>
    public bool IsContentSent { get; private set; }

    /// <summary>The peer speaks SMTP and did not say that it closes.</summary>
    public bool IsOpen { get; private set; } = true;

    /// <summary>MAIL was accepted and no end of content has ended the transaction: the next one needs RSET first.</summary>
    public bool IsInTransaction { get; set; }

    /// <summary>The handshake was done.</summary>
    public bool IsSecure => Tls is not null;

    /// <summary>Protocol, cipher, and what the certificate is worth, for the log; null in the clear.</summary>
    public string? Tls { get; private set; }

    /// <param name="from">source address (<c>interfaceaddress</c>); null for any.</param>
    /// <param name="trace">see <see cref="Trace"/>.</param>
    public static async Task<SmtpClientSession> ConnectAsync(
        NextHopTarget target, IPAddress? from, TimeProvider time, Action<string>? trace, CancellationToken cancellationToken)
    {
        Socket socket;
        EndPoint at;
        if (target.SocketFile is { } file)
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            at = new UnixDomainSocketEndPoint(file);
        }
        else
        {
            if (from is not null && from.AddressFamily != target.Address.AddressFamily)
                throw new SmtpPeerException($"cannot connect to {target} from {from}");
            socket = new Socket(target.Address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            at = new IPEndPoint(target.Address, target.Port);
        }

        using CancellationTokenSource timeout = new(ConnectTimeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            if (from is not null && target.SocketFile is null) socket.Bind(new IPEndPoint(from, 0));
            await socket.ConnectAsync(at, either.Token);
            return new SmtpClientSession(time, socket, target, trace);
        }
        catch (Exception e) when (e is SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            socket.Dispose();
            throw new SmtpPeerException($"cannot connect to {target}: {Reason(e)}", e);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public Task<SmtpReply> ReadGreetingAsync(CancellationToken cancellationToken) => ReadReplyAsync(CommandTimeout, cancellationToken);

    /// <summary>EHLO, and HELO when the peer does not know EHLO; LHLO of LMTP. The reply is that of the last command sent.</summary>
    public async Task<SmtpReply> GreetAsync(string localName, bool lmtp, CancellationToken cancellationToken)
    {
        SmtpReply reply = await CommandAsync($"{(lmtp ? "LHLO" : "EHLO")} {localName}", cancellationToken);
        Dictionary<string, string> extensions = new(StringComparer.Ordinal);
        bool extended = reply.IsPositive;
        if (extended)
        {
            foreach (string line in reply.Lines.Skip(1))
            {
                int blank = line.IndexOf(' ', StringComparison.Ordinal);
                extensions[(blank < 0 ? line : line[..blank]).ToUpperInvariant()] = blank < 0 ? "" : line[(blank + 1)..];
            }
        }
        else if (reply.Code is 500 or 502 && !lmtp)
        {
            reply = await CommandAsync($"HELO {localName}", cancellationToken);
        }

        Extensions = extensions;
        if (reply.IsPositive) Facts = Facts.Greeted(reply.Lines[0], extended, lmtp);
        return reply;
    }

    /// <summary>
    /// STARTTLS and the handshake. Nothing the peer sent in the clear, neither bytes behind its 220 nor its extension
    /// list, may count inside TLS (response injection).
    /// </summary>
    /// <param name="verify">the certificate must be valid for the target's name.</param>
    /// <exception cref="TlsPeerException">the handshake failed.</exception>
    public async Task<SmtpReply> StartTlsAsync(bool verify, CancellationToken cancellationToken)
    {
        SmtpReply reply = await CommandAsync("STARTTLS", cancellationToken);
        if (reply.Code != 220) return reply;
        if (_input.TryRead(out ReadResult early) && !early.Buffer.IsEmpty)
            throw Ended(new SmtpPeerException("the next hop sent data in the clear behind its answer to STARTTLS", isMalformed: true));
        await _input.CompleteAsync();
        SslStream tls = new(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        SslClientAuthenticationOptions options = new()
        {
            // No certificate holds the form of an address that stands in mail.
            TargetHost = Target.Name.StartsWith('[') ? Target.Address.ToString() : Target.Name,
            EnabledSslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
        };
        SslPolicyErrors errors = SslPolicyErrors.None;
        options.RemoteCertificateValidationCallback = (_, _, _, found) =>
        {
            errors = found;

            // Opportunistic TLS (RFC 7435): an unverified channel is still better than none.
            return !verify || found == SslPolicyErrors.None;
        };

        using CancellationTokenSource timeout = new(CommandTimeout, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            await tls.AuthenticateAsClientAsync(options, either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            TlsPeerException failed = new($"TLS handshake with {Target.Name} failed: {Reason(e)}", e);
            _ending ??= failed.Message;
            throw failed;
        }

        _input = PipeReader.Create(tls, new StreamPipeReaderOptions(leaveOpen: true));
        Facts = Facts with { Tls = TlsDescription.Of(tls) };
        Tls = $"{Facts.Tls}, certificate {(errors == SslPolicyErrors.None ? "valid" : $"not verified: {errors}")}";
        Extensions = new Dictionary<string, string>(StringComparer.Ordinal);
        return reply;
    }

    /// <summary>Sends one command line and reads its reply.</summary>
    /// <exception cref="ArgumentException">the line holds CR, LF or NUL: an address must never become a second command.</exception>
    public Task<SmtpReply> CommandAsync(string line, CancellationToken cancellationToken) => CommandAsync(line, line, CommandTimeout, cancellationToken);

    /// <summary>Nothing more is said: the peer waits for content that it will not get.</summary>
    public void Abandon()
    {
        IsOpen = false;
        _ending ??= "our message cannot be read";
    }

    /// <summary>The host let us log in.</summary>
    public void Authenticated() => Facts = Facts with { IsAuthenticated = true };

    /// <summary>Makes the connection ready for another message.</summary>
    /// <returns>false: the peer does not want one.</returns>
    public async Task<bool> BeginAsync(CancellationToken cancellationToken)
    {
        IsContentSent = false;
        if (HasUnaskedInput()) return false;
        if (!IsInTransaction) return true;
        IsInTransaction = false;
        return (await CommandAsync("RSET", cancellationToken)).Code == 250;
    }

    /// <summary>The peer said more than it was asked. Taken for answers to what comes next, all of them would count for the wrong command.</summary>
    private bool HasUnaskedInput()
    {
        if (_stream is NetworkStream { DataAvailable: true }) return true;
        if (!_input.TryRead(out ReadResult read)) return false;
        _input.AdvanceTo(read.Buffer.Start);
        return !read.Buffer.IsEmpty;
    }

    /// <summary>
    /// Sends command lines together and reads a reply for each (RFC 2920); behind a 421 there are no more. The lines must be
    /// few enough to be under way while nobody reads (RFC 2920 §4).
    /// </summary>
    /// <param name="replied">is told each reply with the number of its line, at once: it stands even if the connection is lost behind it.</param>
    public async Task GroupAsync(IReadOnlyList<string> lines, Action<int, SmtpReply> replied, CancellationToken cancellationToken)
    {
        StringBuilder text = new();
        foreach (string line in lines)
        {
            ThrowIfNotOneLine(line);
            Trace?.Invoke($"> {line}");
            text.Append(line).Append("\r\n");
        }

        for (int i = 0; i < lines.Count && IsOpen; i++)
        {
            string? commands = i == 0 ? text.ToString() : null;
            replied(i, await GuardedAsync(
                lines[i] == "DATA" ? DataTimeout : CommandTimeout,
                async ct =>
                {
                    if (commands is not null) await SendAsync(commands, ct);
                    return await TracedReplyAsync(ct);
                },
                cancellationToken));
        }
    }

    /// <summary>Ends the content of a message that nobody is to get: the peer asked for it behind refusing every recipient (RFC 2920 §3.1).</summary>
    public Task EndEmptyAsync(CancellationToken cancellationToken) =>
        GuardedAsync(
            DotTimeout,
            async ct =>
            {
                await SendAsync(".\r\n", ct);
                return await TracedReplyAsync(ct);
            },
            cancellationToken);

    /// <summary>As <see cref="CommandAsync(string, CancellationToken)"/>, for a line that holds a password.</summary>
    /// <param name="shown">what a trace shows in its place.</param>
    public Task<SmtpReply> SecretAsync(string line, string shown, CancellationToken cancellationToken) =>
        CommandAsync(line, shown, CommandTimeout, cancellationToken);

    /// <summary>Says goodbye. What was delivered is known already, so a peer that does not answer is not waited for long.</summary>
    public async Task QuitAsync(CancellationToken cancellationToken)
    {
        if (!IsOpen) return;
        _ending ??= "QUIT";
        try
        {
            await CommandAsync("QUIT", "QUIT", QuitTimeout, cancellationToken);
        }
        catch (SmtpPeerException)
        {
            // A peer that hangs up instead of answering QUIT changes no result.
        }
    }

    /// <summary>Sends a message with transparency dots and CRLF.CRLF, then reads the reply.</summary>
    /// <exception cref="QueueReadException">our own copy cannot be read; the peer has not seen the end of the content.</exception>
    public async Task<SmtpReply> SendContentAsync(Stream message, CancellationToken cancellationToken)
    {
        return await EndAsync(
            async ct =>
            {
                await DotStuffing.CopyAsync(message, new TimedWrites(_stream, _time), _content, ct);
                await _stream.FlushAsync(ct);
                return true;
            },
            cancellationToken);
    }

    /// <summary>Sends a message as one chunk (RFC 3030), then reads the reply.</summary>
    /// <param name="length">octets of the message.</param>
    /// <exception cref="QueueReadException">as for <see cref="SendContentAsync"/>.</exception>
    public async Task<SmtpReply> SendChunkAsync(Stream message, long length, CancellationToken cancellationToken)
    {
        string command = $"BDAT {length} LAST";
        Trace?.Invoke($"> {command}");
        return await EndAsync(
            async ct =>
            {
                TimedWrites output = new(_stream, _time);
                await output.WriteAsync(Encoding.ASCII.GetBytes(command + "\r\n"), ct);
                await message.CopyToAsync(output, ct);
                await _stream.FlushAsync(ct);
                return true;
            },
            cancellationToken);
    }

    /// <summary>A further reply to the end of the content: LMTP has one for each recipient (RFC 2033 §4.2).</summary>
    public Task<SmtpReply> ReadContentReplyAsync(CancellationToken cancellationToken) => ReadReplyAsync(DotTimeout, cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _input.CompleteAsync();
        await _stream.DisposeAsync();
        Action<string>? closed = Closed;
        Closed = null;
        closed?.Invoke(_ending ?? "broken off by us");
    }

    /// <summary>Sends content to its end and reads the reply. A host that has enough of it may say so and hang up: then that is the reply.</summary>
    private async Task<SmtpReply> EndAsync(Func<CancellationToken, Task<bool>> send, CancellationToken cancellationToken)
    {
        try
        {
            await GuardedAsync(Timeout.InfiniteTimeSpan, send, cancellationToken);
        }
        catch (SmtpPeerException broken) when (broken.IsLost)
        {
            SmtpReply? last = null;
            try
            {
                last = await ReadReplyAsync(QuitTimeout, cancellationToken);
            }
            catch (SmtpPeerException)
            {
                // It broke without a word.
            }

            if (last is not { Code: >= 400 }) throw;
            return last;
        }

        IsContentSent = true;
        return await ReadReplyAsync(DotTimeout, cancellationToken);
    }

    private Task<SmtpReply> CommandAsync(string line, string shown, TimeSpan limit, CancellationToken cancellationToken)
    {
        ThrowIfNotOneLine(line);
        Trace?.Invoke($"> {shown}");
        return GuardedAsync(
            limit,
            async ct =>
            {
                await SendAsync(line + "\r\n", ct);
                return await TracedReplyAsync(ct);
            },
            cancellationToken);
    }

    private async Task SendAsync(string commands, CancellationToken cancellationToken)
    {
        await _stream.WriteAsync(Encoding.UTF8.GetBytes(commands), cancellationToken);
        await _stream.FlushAsync(cancellationToken);
    }

    private static void ThrowIfNotOneLine(string line)
    {
        if (line.AsSpan().IndexOfAny('\r', '\n', '\0') >= 0)
            throw new ArgumentException("a command line may not hold CR, LF or NUL", nameof(line));
    }

    private Task<SmtpReply> ReadReplyAsync(TimeSpan limit, CancellationToken cancellationToken) =>
        GuardedAsync(limit, TracedReplyAsync, cancellationToken);

    private async Task<SmtpReply> TracedReplyAsync(CancellationToken cancellationToken)
    {
        SmtpReply reply = await ReplyReader.ReadAsync(_input, cancellationToken);
        Trace?.Invoke($"< {ReplyText.Of(reply)}");
        if (reply.Code == 421)
        {
            _isClosing = true;
            _ending ??= ReplyText.Of(reply);
        }

        return reply;
    }

    private async Task<T> GuardedAsync<T>(TimeSpan limit, Func<CancellationToken, Task<T>> action, CancellationToken cancellationToken)
    {
        using CancellationTokenSource timeout = new(limit, _time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        bool wasOpen = IsOpen;

        // Whatever breaks off in here leaves a dialogue that nobody can go on with.
        IsOpen = false;
        try
        {
            T result = await action(either.Token);
            IsOpen = wasOpen && !_isClosing;
            return result;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw Ended(new SmtpPeerException("the next hop did not answer in time", e));
        }
        catch (Exception e) when (e is SocketException || (e is IOException && e is not (SmtpPeerException or QueueReadException)))
        {
            throw Ended(new SmtpPeerException($"connection to the next hop broke: {Reason(e)}", e) { IsLost = true });
        }
        catch (SmtpPeerException e)
        {
            Ended(e);
            throw;
        }
    }

    private SmtpPeerException Ended(SmtpPeerException e)
    {
        _ending ??= e.Message;
        return e;
    }

    private static string Reason(Exception e) => e switch
    {
        OperationCanceledException => "timed out",
        SocketException s => s.SocketErrorCode.ToString(),
        _ => e.Message,
    };
}
