using System.Collections.Immutable;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>Classes of this collection run servers on the ports of the initial configuration, so they run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class DefaultPorts
{
    public const string Name = "default ports";
    public const int Smtp = 2525;

    public static ImmutableArray<int> All { get; } = [Smtp, 5587, 5465, 8025];

    /// <summary>Waits for another server of this machine to give the ports free.</summary>
    public static Task AreFreeAsync() => Eventually.HoldsAsync("the default ports are free", () => All.All(FreePort.IsFree));
}
