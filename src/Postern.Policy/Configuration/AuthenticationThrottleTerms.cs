namespace Postern.Policy.Configuration;

/// <summary>How failed authentications are counted (AUTH_FAILURES_…); of each count, 0 is no limit.</summary>
/// <param name="PerUser">failures for one user name from one network.</param>
/// <param name="PerAddress">failures of one client address, whatever the names.</param>
/// <param name="PerNetwork">failures of one /24 or /64.</param>
/// <param name="Period">in which so many failures are forgotten, evenly.</param>
/// <param name="MaximumEntries">of each kind that are remembered at one time.</param>
public sealed record AuthenticationThrottleTerms(int PerUser, int PerAddress, int PerNetwork, TimeSpan Period, int MaximumEntries)
{
    public static AuthenticationThrottleTerms Default { get; } = new(15, 30, 100, TimeSpan.FromHours(1), 20_000);
}
