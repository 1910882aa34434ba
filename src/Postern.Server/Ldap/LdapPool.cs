using System.Collections.Immutable;
using Postern.Policy.Directories;

namespace Postern.Server.Ldap;

/// <summary>
/// The connections to the directory servers, bound under our own name. At most so many are open as the options allow; one that is not
/// needed is kept for the next search. Servers are tried in their order. One that could not be reached is left alone for a
/// while, which doubles to half a minute; when all of them are, the answer is that at once, so that mail does not queue up behind
/// a directory that is down.
/// </summary>
/// <remarks>INVARIANT: a connection is in one place: with one caller, or among the idle ones, and those have been used without a fault.</remarks>
internal sealed class LdapPool : IAsyncDisposable
{
    private static readonly TimeSpan FirstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly DirectoryOptions _options;
    private readonly LdapTrust _trust;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _slots;
    private readonly Stack<LdapConnection> _idle = [];
    private readonly ImmutableArray<Server> _servers;
    private bool _closed;

    public LdapPool(DirectoryOptions options, LdapTrust trust, TimeProvider time)
    {
        _options = options;
        _trust = trust;
        _time = time;
        _slots = new SemaphoreSlim(options.MaximumConnections);
        _servers = [.. options.Servers.Select(host => new Server(host))];
    }

    /// <summary>
    /// Does something on a connection. One that was kept may have died meanwhile: then it is done once more, on a new one.
    /// </summary>
    /// <param name="bound">as ourselves; false gives a new connection on which nobody is bound, and which is not kept.</param>
    /// <exception cref="LdapException">it could not be done.</exception>
    /// <exception cref="OperationCanceledException">the time is up.</exception>
    public async Task<T> UseAsync<T>(bool bound, Func<LdapConnection, Task<T>> use, CancellationToken cancellationToken)
    {
        await _slots.WaitAsync(cancellationToken);
        try
        {
            LdapConnection? kept = bound ? TakeIdle() : null;
            if (kept is not null)
            {
                try
                {
                    return await UseAsync(kept, keep: true, use);
                }
                catch (LdapException e) when (e.Fault == LdapFault.Lost)
                {
                    await CloseIdleAsync();
                }
            }

            return await UseAsync(await OpenAsync(bound, cancellationToken), keep: bound, use);
        }
        finally
        {
            _slots.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (_gate) _closed = true;
        await CloseIdleAsync();
    }

    private async Task<T> UseAsync<T>(LdapConnection connection, bool keep, Func<LdapConnection, Task<T>> use)
    {
        bool sound = false;
        try
        {
            T result = await use(connection);
            sound = true;
            return result;
        }
        catch (Exception e) when (e is OperationCanceledException or LdapException { Fault: LdapFault.Malformed })
        {
            Failed(_servers.First(s => s.Host == connection.Host));
            throw;
        }
        finally
        {
            if (!sound || !keep || !TryKeep(connection)) await connection.DisposeAsync();
        }
    }

    private async Task<LdapConnection> OpenAsync(bool bound, CancellationToken cancellationToken)
    {
        LdapException? last = null;
        foreach (Server server in _servers)
        {
            if (IsLeftAlone(server)) continue;

            // A server that says nothing must leave time for the next one.
            using CancellationTokenSource turn = new(_options.Timeout / _servers.Length, _time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(turn.Token, cancellationToken);
            try
            {
                LdapConnection connection = await LdapConnection.OpenAsync(server.Host, _options.Tls, _trust, either.Token);
                try
                {
                    if (bound && _options.UserName is { } name && !await connection.BindAsync(name, _options.Password?.Reveal() ?? "", either.Token))
                        throw new LdapException(LdapFault.Bind, $"{server.Host} refuses LDAP_USERNAME or LDAP_PASSWORD");
                }
                catch
                {
                    await connection.DisposeAsync();
                    throw;
                }

                Answered(server);
                return connection;
            }
            catch (LdapException e)
            {
                Failed(server);
                last = e;
            }
            catch (OperationCanceledException e)
            {
                Failed(server);
                cancellationToken.ThrowIfCancellationRequested();
                last = new LdapException(LdapFault.Timeout, $"{server.Host} does not answer", e);
            }
        }

        throw last ?? new LdapException(LdapFault.Connect, "no directory server could be reached just now; the next attempt waits");
    }

    private LdapConnection? TakeIdle()
    {
        lock (_gate) return _idle.TryPop(out LdapConnection? connection) ? connection : null;
    }

    private bool TryKeep(LdapConnection connection)
    {
        lock (_gate)
        {
            if (_closed) return false;
            _idle.Push(connection);
            return true;
        }
    }

    private async Task CloseIdleAsync()
    {
        while (TakeIdle() is { } connection) await connection.DisposeAsync();
    }

    private bool IsLeftAlone(Server server)
    {
        lock (_gate) return server.Until > _time.GetUtcNow();
    }

    private void Answered(Server server)
    {
        lock (_gate) (server.Wait, server.Until) = (TimeSpan.Zero, default);
    }

    /// <summary>Attempts that were under way together count as one failure.</summary>
    private void Failed(Server server)
    {
        lock (_gate)
        {
            DateTimeOffset now = _time.GetUtcNow();
            if (server.Until > now) return;
            server.Wait = server.Wait == TimeSpan.Zero ? FirstWait : server.Wait * 2 < LongestWait ? server.Wait * 2 : LongestWait;
            server.Until = now + server.Wait;
        }
    }

    private sealed class Server(DirectoryHost host)
    {
        public DirectoryHost Host => host;

        public TimeSpan Wait { get; set; }

        /// <summary>Not to be tried before.</summary>
        public DateTimeOffset Until { get; set; }
    }
}
