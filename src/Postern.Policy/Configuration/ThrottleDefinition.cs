namespace Postern.Policy.Configuration;

/// <summary>
/// One table of metermaid.cnf (Administration Guide 6.3, 19.3). A key may be counted <see cref="Quota"/> times at once, and regains that many
/// in <see cref="QuotaTime"/>, evenly: it is an average rate, not a count of a window.
/// </summary>
/// <param name="Name">compared case-blind.</param>
/// <param name="MaximumEntries">keys that are remembered at one time.</param>
/// <param name="Penalize">what is refused counts too, so that a key that keeps trying stays out.</param>
/// <param name="IgnoresCase">keys compare without letter case.</param>
public sealed record ThrottleDefinition(string Name, int Quota, TimeSpan QuotaTime, int MaximumEntries, bool Penalize, bool IgnoresCase);
