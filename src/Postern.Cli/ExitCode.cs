namespace Postern.Cli;

/// <summary>Exit codes of every command.</summary>
internal static class ExitCode
{
    /// <summary>Done, or the answer is yes.</summary>
    public const int Done = 0;

    /// <summary>The answer is no: refused, no match, not found.</summary>
    public const int No = 1;

    /// <summary>Usage or configuration error.</summary>
    public const int Error = 2;

    /// <summary>Cannot tell: a bound was reached, a callout is needed, the service cannot be reached.</summary>
    public const int Unknown = 3;
}
