namespace Postern.Server.Delivery.Pipe;

/// <summary>How a program ended.</summary>
internal abstract record ProgramResult
{
    /// <param name="Output">the beginning of what it said on both its outputs.</param>
    public sealed record Exited(int Code, string Output) : ProgramResult;

    public sealed record TimedOut(string Output) : ProgramResult;

    public sealed record NotStarted(string Reason) : ProgramResult;
}
