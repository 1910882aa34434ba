using Postern.Policy.Configuration;

namespace Postern.Server.Callouts;

/// <summary>Where throttling tables keep their levels: in this process, or where several servers share them. Safe for concurrent use.</summary>
public interface IThrottleStore
{
    /// <summary>Counts one hit of the key.</summary>
    /// <param name="table">its limits as they are now; they may change between two hits.</param>
    /// <returns>whether the key is over quota; null: cannot tell now.</returns>
    ValueTask<bool?> CountAsync(ThrottleDefinition table, string key, CancellationToken cancellationToken);

    /// <summary>The counters of a table; null: cannot tell now.</summary>
    ValueTask<ThrottleTotals?> TotalsAsync(ThrottleDefinition table, CancellationToken cancellationToken);
}
