using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>A mapping entry that applies with a probability does so when a rewrite rule asks the table, too.</summary>
public sealed class ProbabilityTests
{
    [Theory]
    [InlineData(0.1, "tcp_local")]
    [InlineData(0.9, "l")]
    public void Table_is_asked_with_the_random_number_given(double random, string channel)
    {
        SiteFiles files = SiteFiles.Read("access/site")
            .With("postern.cnf", text => $"x.test  ${{SOME,$H}}$U%$D@tcp_local-daemon\nx.test  $U%$D@mail.example.com\n{text}")
            .With("mappings", text => $"{text}\nSOME\n\n  *  $?30?$Y\n");
        ConfigurationSnapshot snapshot = new Site(files).Policy.Snapshot;
        AddressParse.Parsed parsed = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse("v@x.test", smtpUtf8: false));
        RewriteResult result = new Rewriter(snapshot, () => random).Rewrite(parsed.Mailbox, new RewriteContext(new ChannelName("tcp_local"), Envelope: true, Forward: true));
        Assert.Equal(channel, Assert.IsType<RewriteResult.Success>(result).Channel.Name.ToString());
    }
}
