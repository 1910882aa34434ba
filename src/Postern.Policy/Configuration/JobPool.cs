using System.Collections.Immutable;

namespace Postern.Policy.Configuration;

/// <summary>A pool of delivery jobs (job_controller.cnf).</summary>
/// <param name="JobLimit">jobs at one time over all channels of the pool.</param>
public sealed record JobPool(string Name, int JobLimit)
{
    public const int DefaultJobLimit = 10;

    /// <summary>The pools of a configuration without job_controller.cnf; the first one is the default pool.</summary>
    public static ImmutableArray<JobPool> BuiltIn { get; } =
    [
        new("DEFAULT", DefaultJobLimit),
        new("LOCAL_POOL", DefaultJobLimit),
        new("IMS_POOL", DefaultJobLimit),
        new("SMTP_POOL", DefaultJobLimit),
    ];
}
