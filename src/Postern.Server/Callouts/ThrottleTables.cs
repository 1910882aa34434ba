using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Configuration;

namespace Postern.Server.Callouts;

/// <summary>
/// Answers <c>throttle,table,key</c> (Administration Guide 6.3, 19.2): "yes" means over quota, so that the text behind the callout refuses.
/// Each answer counts once. A reload changes the limits of tables, not their counts.
/// </summary>
/// <param name="definitions">of the configuration that is current.</param>
public sealed class ThrottleTables(Func<ImmutableArray<ThrottleDefinition>> definitions, IThrottleStore store)
{
    /// <param name="argument"><c>table,key</c>; the key may hold commas.</param>
    /// <returns>unavailable when there is no such table, or the store cannot tell.</returns>
    public async ValueTask<CalloutAnswer> CountAsync(string argument, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(argument);
        int comma = argument.IndexOf(',', StringComparison.Ordinal);
        string name = (comma < 0 ? argument : argument[..comma]).Trim();
        if (comma < 0 || Find(name) is not { } definition) return new CalloutAnswer.Unavailable();
        return await store.CountAsync(definition, argument[(comma + 1)..], cancellationToken) switch
        {
            true => new CalloutAnswer.Success(""),
            false => new CalloutAnswer.Failure(),
            null => new CalloutAnswer.Unavailable(),
        };
    }

    /// <summary>The counters of every table of the configuration, in its order; those that nobody can tell now are left out.</summary>
    public async ValueTask<ImmutableArray<ThrottleTotals>> TotalsAsync(CancellationToken cancellationToken)
    {
        ImmutableArray<ThrottleTotals>.Builder totals = ImmutableArray.CreateBuilder<ThrottleTotals>();
        foreach (ThrottleDefinition definition in definitions())
        {
            if (await store.TotalsAsync(definition, cancellationToken) is { } told) totals.Add(told);
        }

        return totals.ToImmutable();
    }

    private ThrottleDefinition? Find(string name)
    {
        foreach (ThrottleDefinition definition in definitions())
        {
            if (definition.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return definition;
        }

        return null;
    }
}
