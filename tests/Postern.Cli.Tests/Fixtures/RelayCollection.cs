namespace Postern.Cli.Tests.Fixtures;

/// <summary>Classes of this collection share one <see cref="RelaySite"/> and run one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class RelayCollection : ICollectionFixture<RelaySite>
{
    public const string Name = "relay site";
}
