using System.Collections.Concurrent;
using Postern.Policy.Configuration;

namespace Postern.Server.Callouts;

/// <summary>Throttling tables in memory: they live as long as the server and are lost with it.</summary>
public sealed class MemoryThrottleStore(TimeProvider time) : IThrottleStore
{
    private readonly ConcurrentDictionary<string, ThrottleTable> _tables = new(StringComparer.OrdinalIgnoreCase);

    public ValueTask<bool?> CountAsync(ThrottleDefinition table, string key, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(key);
        ThrottleTable levels = _tables.GetOrAdd(table.Name, static (_, time) => new ThrottleTable(time), time);
        return ValueTask.FromResult<bool?>(levels.Count(table, key));
    }

    public ValueTask<ThrottleTotals?> TotalsAsync(ThrottleDefinition table, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(table);
        return ValueTask.FromResult<ThrottleTotals?>(_tables.TryGetValue(table.Name, out ThrottleTable? levels) ? levels.Totals(table.Name) : new ThrottleTotals(table.Name, 0, 0, 0, 0));
    }
}
