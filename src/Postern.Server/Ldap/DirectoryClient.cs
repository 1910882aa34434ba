using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Directories;

namespace Postern.Server.Ldap;

/// <summary>Searches and password checks on the servers of one configuration, within LDAP_TIMEOUT each, and with a cache for searches.</summary>
/// <param name="directory">of the configuration; relative paths begin there.</param>
public sealed class DirectoryClient(DirectoryOptions options, string directory, TimeProvider time) : IAsyncDisposable
{
    private readonly SearchCache _cache = new(options, time);
    private readonly Lock _gate = new();
    private LdapPool? _pool;

    /// <summary>All entries found, perhaps of a while ago.</summary>
    /// <exception cref="LdapException">no server can answer now.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/>.</exception>
    public async ValueTask<ImmutableArray<DirectoryEntry>> SearchAsync(DirectorySearch search, CancellationToken cancellationToken)
    {
        string url = search.ToString();
        if (_cache.Find(url) is { } kept) return kept;
        ImmutableArray<DirectoryEntry> entries = await LimitedAsync(
            bound: true, (connection, limit) => connection.SearchAsync(search, options.SizeLimit, options.Timeout, limit), cancellationToken);
        _cache.Keep(url, entries);
        return entries;
    }

    /// <summary>Whether the password is that of the entry. Never from the cache.</summary>
    /// <exception cref="LdapException">no server can answer now.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/>.</exception>
    public Task<bool> VerifyAsync(string dn, string password, CancellationToken cancellationToken) =>
        LimitedAsync(bound: false, (connection, limit) => connection.BindAsync(dn, password, limit), cancellationToken);

    public async ValueTask DisposeAsync()
    {
        if (_pool is { } pool) await pool.DisposeAsync();
    }

    private async Task<T> LimitedAsync<T>(bool bound, Func<LdapConnection, CancellationToken, Task<T>> use, CancellationToken cancellationToken)
    {
        LdapPool pool = Pool();
        using CancellationTokenSource timeout = new(options.Timeout, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await pool.UseAsync(bound, connection => use(connection, either.Token), either.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LdapException(LdapFault.Timeout, $"no answer within {options.Timeout.TotalSeconds} s", e);
        }
    }

    /// <summary>Made when first needed, since the file of authorities may be missing or come later.</summary>
    /// <exception cref="LdapException">the file cannot be used.</exception>
    private LdapPool Pool()
    {
        lock (_gate) return _pool ??= new LdapPool(options, LdapTrust.Load(options, directory), time);
    }
}
