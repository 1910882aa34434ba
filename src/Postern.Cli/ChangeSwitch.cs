using System.CommandLine;
using Postern.Server.Operations;

namespace Postern.Cli;

/// <summary>An option without a value that changes what a <c>postern queue</c> command does to the messages it chose.</summary>
/// <param name="Set">what the option makes of the request.</param>
internal sealed record ChangeSwitch(string Name, string Description, Func<OperatorRequest, OperatorRequest> Set)
{
    public Option<bool> Option { get; } = new(Name) { Description = Description };
}
