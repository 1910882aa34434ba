namespace Postern.Policy.Configuration;

/// <summary>How long lines of a configuration file may be, in characters.</summary>
/// <param name="Physical">of a line as it stands in the file.</param>
/// <param name="Logical">of a line joined with its continuations.</param>
public sealed record LineLimits(int Physical, int Logical)
{
    public static LineLimits Default { get; } = new(int.MaxValue, ConfigurationLines.MaximumLength);

    /// <summary>Alias files: short lines, but any number of them for one group (Technical Reference, "Alias file format").</summary>
    public static LineLimits Aliases { get; } = new(1024, 16 * 1024 * 1024);
}
