using Postern.Mapping.Evaluation;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;

namespace Postern.Server.Tests.Callouts;

/// <summary>Throttling tables may be kept elsewhere; a store that cannot tell is never "within quota".</summary>
public sealed class ThrottleStoreTests
{
    private static readonly ThrottleDefinition Table = new("t", 1, TimeSpan.FromMinutes(1), 10, Penalize: false, IgnoresCase: false);

    [Theory]
    [InlineData(true, typeof(CalloutAnswer.Success))]
    [InlineData(false, typeof(CalloutAnswer.Failure))]
    [InlineData(null, typeof(CalloutAnswer.Unavailable))]
    public async Task Answer_is_that_of_the_store(bool? over, Type answer)
    {
        ThrottleTables tables = new(() => [Table], new FixedStore(over));
        Assert.IsType(answer, await tables.CountAsync("t,key", TestContext.Current.CancellationToken));
        Assert.Equal(over is null ? 0 : 1, (await tables.TotalsAsync(TestContext.Current.CancellationToken)).Length);
    }

    private sealed class FixedStore(bool? over) : IThrottleStore
    {
        public ValueTask<bool?> CountAsync(ThrottleDefinition table, string key, CancellationToken cancellationToken) => ValueTask.FromResult(over);

        public ValueTask<ThrottleTotals?> TotalsAsync(ThrottleDefinition table, CancellationToken cancellationToken) =>
            ValueTask.FromResult(over is null ? null : new ThrottleTotals(table.Name, 1, 1, 0, 0));
    }
}
