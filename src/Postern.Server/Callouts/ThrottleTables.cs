using System.Collections.Concurrent;
using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Configuration;

namespace Postern.Server.Callouts;

/// <summary>
/// Answers <c>throttle,table,key</c> (Administration Guide 6.3, 19.2): "yes" means over quota, so that the text behind the callout refuses.
/// Each answer counts once. The tables live as long as the server and are lost with it; a reload changes their limits, not their counts.
/// </summary>
/// <param name="definitions">of the configuration that is current.</param>
public sealed class ThrottleTables(Func<ImmutableArray<ThrottleDefinition>> definitions, TimeProvider time)
{
    private readonly ConcurrentDictionary<string, ThrottleTable> _tables = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="argument"><c>table,key</c>; the key may hold commas.</param>
    /// <returns>unavailable when there is no such table.</returns>
    public CalloutAnswer Count(string argument)
    {
        ArgumentNullException.ThrowIfNull(argument);
        int comma = argument.IndexOf(',', StringComparison.Ordinal);
        string name = (comma < 0 ? argument : argument[..comma]).Trim();
        if (comma < 0 || Find(name) is not { } definition) return new CalloutAnswer.Unavailable();
        ThrottleTable table = _tables.GetOrAdd(definition.Name, static (_, time) => new ThrottleTable(time), time);
        return table.Count(definition, argument[(comma + 1)..]) ? new CalloutAnswer.Success("") : new CalloutAnswer.Failure();
    }

    /// <summary>The counters of every table of the configuration, in its order.</summary>
    public ImmutableArray<ThrottleTotals> Totals() =>
        [.. definitions().Select(d => _tables.TryGetValue(d.Name, out ThrottleTable? table) ? table.Totals(d.Name) : new ThrottleTotals(d.Name, 0, 0, 0, 0))];

    private ThrottleDefinition? Find(string name)
    {
        foreach (ThrottleDefinition definition in definitions())
        {
            if (definition.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return definition;
        }

        return null;
    }
}
