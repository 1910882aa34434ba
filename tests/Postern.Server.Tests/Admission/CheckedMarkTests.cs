using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Addresses;

namespace Postern.Server.Tests.Admission;

/// <summary>
/// Who earns the mark <em>checked</em> on a channel that hands mail back: an alias of ours, never an address that a client wrote.
/// The table that keeps clients from naming such channels is taken away here, so that the mark alone is tested.
/// </summary>
public sealed class CheckedMarkTests
{
    private static readonly ConfigurationSnapshot Open = Site.Snapshot(
        ("mappings", text => text.Replace("  tcp_*|*|process|*  ", "  nobody|*|process|*  ", StringComparison.Ordinal)
            .Replace("  tcp_*|*|*|*@*-daemon  ", "  nobody|*|*|*@*-daemon  ", StringComparison.Ordinal)
            .Replace("  tcp_*|*|*|@*-daemon*  ", "  nobody|*|*|@*-daemon*  ", StringComparison.Ordinal)),
        ("aliases", text => text + "\nvia: @process-daemon:v@other.example\nsub: sub+*@process-daemon\n"));

    [Fact]
    public void Alias_of_ours_earns_it() => Assert.True(Assert.Single(Queued("via@example.com")).Checked);

    [Theory]
    [InlineData("@process-daemon:v@other.example")]
    [InlineData("v%other.example@process-daemon")]
    [InlineData("\"v@other.example\"@process-daemon")]
    public void Client_does_not(string recipient) => Assert.False(Assert.Single(Queued(recipient)).Checked);

    [Theory]
    [InlineData("sub+w%%third.test@example.com")]
    [InlineData("\"sub+w%%third.test\"@example.com")]
    [InlineData("sub+w%%a%%third.test@example.com")]
    public async Task Subaddress_never_becomes_a_host(string recipient)
    {
        NewRecipient queued = Assert.Single(Queued(recipient));
        Assert.True(queued.Checked);
        await using DeliveryBench bench = new(_ => new RecipientOutcome.Delivered("ok"), snapshot: Open);
        QueueId id = await bench.EnqueueAsync("process", queued.Address, from: "");
        while (await bench.Queue.FindAsync(id, TestContext.Current.CancellationToken) is { } message && message.Copies[0].Recipients[0].State != RecipientState.Held)
            await Task.Yield();
        Assert.Empty(bench.Smtp.Attempts);
    }

    private static ImmutableArray<NewRecipient> Queued(string recipient)
    {
        MailPolicy policy = new(Open);
        ClientConnection connection = new(IPAddress.Parse("203.0.113.9"), 40000, IPAddress.Parse("192.0.2.25"), 25, "smtp");
        SessionFacts facts = new(connection, policy.SourceAtConnect(connection), "client.test", Extended: true);
        Assert.Equal(new ChannelName("tcp_local"), facts.Source.Current);
        AddressParse.Parsed parsed = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(recipient, smtpUtf8: false));
        ForwardPath path = new(parsed.Mailbox, recipient);
        Decision decision = policy.Recipient(facts, ReversePath.Null, path);
        Assert.True(decision.Verdict == Verdict.Accept, decision.Reply.ToString());
        NewCopy copy = Assert.Single(CopyPlan.Build([new AcceptedRecipient(path, decision)], Open, ReversePath.Null, ReadOnlyMemory<byte>.Empty, null));
        Assert.Equal("process", copy.Channel);
        return copy.Recipients;
    }
}
