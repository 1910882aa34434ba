namespace Postern.Policy.Configuration;

/// <summary>How the greylist counts (GREYLIST_…).</summary>
/// <param name="Delay">a client has to wait so long before it tries again.</param>
/// <param name="Window">and must come within this time after the first try.</param>
/// <param name="Lifetime">a client that came back is known so long after its last mail.</param>
/// <param name="MaximumEntries">triples that are remembered at one time.</param>
/// <param name="ByNetwork">the client counts as its /24 or /64.</param>
public sealed record GreylistTerms(TimeSpan Delay, TimeSpan Window, TimeSpan Lifetime, int MaximumEntries, bool ByNetwork)
{
    public static GreylistTerms Default { get; } = new(TimeSpan.FromMinutes(5), TimeSpan.FromDays(1), TimeSpan.FromDays(35), 1_000_000, ByNetwork: true);
}
