using Postern.Server.Delivery.Smtp;

namespace Postern.Server.Tests.Delivery;

/// <summary>LIMITS of a next hop (RFC 9422).</summary>
public sealed class HopLimitsTests
{
    [Theory]
    [InlineData("", null, null, null)]
    [InlineData("MAILMAX=1 RCPTMAX=100 RCPTDOMAINMAX=999999", 1, 100, 999999)]
    [InlineData("rcptmax=5", null, 5, null)]
    [InlineData("RCPTMAX=5 RCPTMAX=7", null, 7, null)]
    [InlineData("RCPTMAX=5 RCPTMAX=x", null, 5, null)]
    [InlineData("MAILMAX=0 RCPTMAX=01 RCPTDOMAINMAX=1000000", null, null, null)]
    [InlineData("MAILMAX RCPTMAX= RCPTDOMAINMAX=-1", null, null, null)]
    [InlineData("X-A  B=c MAILMAX=2,", null, null, null)]
    public void Words_are_read(string words, int? transactions, int? recipients, int? domains) =>
        Assert.Equal(new HopLimits(transactions, recipients, domains), HopLimits.Of(words));

    [Theory]
    [InlineData("", "a@x b@y c@x d@z", "a@x b@y c@x d@z")]
    [InlineData("RCPTMAX=2", "a@x b@y c@x d@z", "a@x b@y")]
    [InlineData("RCPTMAX=9", "a@x b@y", "a@x b@y")]
    [InlineData("RCPTDOMAINMAX=1", "a@x b@y c@X d@z", "a@x c@X")]
    [InlineData("RCPTDOMAINMAX=2", "a@x b@y c@x d@z e@y", "a@x b@y c@x e@y")]
    [InlineData("RCPTDOMAINMAX=2 RCPTMAX=3", "a@x b@y c@x d@z e@y", "a@x b@y c@x")]
    [InlineData("RCPTDOMAINMAX=1", "\"a@b\"@x postmaster @r:c@x", "\"a@b\"@x @r:c@x")]
    public void One_transaction_names_so_many(string words, string recipients, string named)
    {
        string[] all = recipients.Split(' ');
        Assert.Equal(named, string.Join(' ', HopLimits.Of(words).Fitting([.. Enumerable.Range(0, all.Length)], i => all[i]).Select(i => all[i])));
    }
}
