using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Directories;

namespace Postern.Server.Ldap;

/// <summary>
/// Answers of the directory that are used again for a while: LDAP_CACHE_TTL for what was found, LDAP_CACHE_NEGATIVE_TTL for what was not.
/// Of more searches than LDAP_CACHE_SIZE those not asked for longest are forgotten. That a server cannot answer is never kept.
/// </summary>
internal sealed class SearchCache(DirectoryOptions options, TimeProvider time)
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, LinkedListNode<Kept>> _byUrl = new(StringComparer.Ordinal);
    private readonly LinkedList<Kept> _byUse = [];

    /// <summary>Null when it has to be asked.</summary>
    public ImmutableArray<DirectoryEntry>? Find(string url)
    {
        lock (_gate)
        {
            if (!_byUrl.TryGetValue(url, out LinkedListNode<Kept>? node)) return null;
            _byUse.Remove(node);
            if (node.Value.Until <= time.GetUtcNow())
            {
                _byUrl.Remove(url);
                return null;
            }

            _byUse.AddFirst(node);
            return node.Value.Entries;
        }
    }

    public void Keep(string url, ImmutableArray<DirectoryEntry> entries)
    {
        TimeSpan life = entries.IsEmpty ? options.NegativeCacheTime : options.CacheTime;
        if (life <= TimeSpan.Zero || options.CacheSize == 0) return;
        lock (_gate)
        {
            if (_byUrl.Remove(url, out LinkedListNode<Kept>? old)) _byUse.Remove(old);
            _byUrl[url] = _byUse.AddFirst(new Kept(url, entries, time.GetUtcNow() + life));
            if (_byUrl.Count <= options.CacheSize) return;
            _byUrl.Remove(_byUse.Last!.Value.Url);
            _byUse.RemoveLast();
        }
    }

    private sealed record Kept(string Url, ImmutableArray<DirectoryEntry> Entries, DateTimeOffset Until);
}
