using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Configuration;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

public sealed class IdentityGuardTests
{
    private static readonly SharedAddress Gateway = new(IPAddress.Parse("10.1.0.1"), "the default gateway");

    [Fact]
    public void Surroundings_are_looked_at_when_it_starts_and_every_hour()
    {
        FakeTime time = new();
        LogLines log = new();
        ImmutableArray<SharedAddress> around = [];
        using IdentityGuard guard = new(new LiveConfiguration(Site.Snapshot()), () => around, time, log);
        time.Advance(TimeSpan.Zero);
        Assert.Empty(log.Written);

        around = [Gateway];
        time.Advance(TimeSpan.FromMinutes(59));
        Assert.Empty(log.Written);
        time.Advance(TimeSpan.FromMinutes(1));
        string line = Assert.Single(log.Written);
        Assert.StartsWith("mappings:", line, StringComparison.Ordinal);
        Assert.Contains("makes 10.1.0.1 internal, the default gateway", line, StringComparison.Ordinal);
        time.Advance(TimeSpan.FromHours(2));
        Assert.Equal(3, log.Written.Count);
    }

    [Fact]
    public void Real_surroundings_can_be_looked_at()
    {
        Assert.All(SharedAddresses.Look(), s => Assert.NotEmpty(s.Description));
    }
}
