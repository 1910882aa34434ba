using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Logs;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Replies;

namespace Postern.Server.Tests.Logs;

/// <summary>The letter of each outcome of a delivery.</summary>
public sealed class DeliveryRecordsTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.UnixEpoch.AddSeconds(90);
    private static readonly DeliveryFault Greylisted = new(DeliveryPhase.RcptTo, new EnhancedCode(4, 2, 0), "later", "mx1.y.test", "450 4.2.0 greylisted");
    private static readonly DeliveryFault Unknown = new(DeliveryPhase.RcptTo, new EnhancedCode(5, 1, 1), "unknown", "mx1.y.test", "550 5.1.1 who?");
    private static readonly RecipientOutcome Done = new RecipientOutcome.Delivered("mx1.y.test: 250 ok");
    private static readonly RecipientOutcome Later = new RecipientOutcome.Deferred(Greylisted, HostFault: false);
    private static readonly RecipientOutcome Never = new RecipientOutcome.Failed(Unknown);

    [Fact]
    public void Delivered_is_D()
    {
        TransactionRecord told = Tell(Done, DeliveryResult.Delivered);
        Assert.Equal(("D", "tcp_local", "", "rfc822;kim@y.test", "kim@y.test", 90.0), (told.Action, told.Source, told.Destination, told.OriginalTo, told.To, told.QueueTime));
        Assert.Equal("mx1.y.test: 250 ok", told.Diagnostic);
    }

    [Fact]
    public void Put_off_is_Q_and_Z_when_others_of_the_attempt_were_not()
    {
        TransactionRecord told = Tell(Later, DeliveryResult.Deferred);
        Assert.Equal(("Q", 0L, "mx1.y.test", "450 4.2.0 greylisted"), (told.Action, told.Size, told.Remote, told.Diagnostic));
        Assert.Equal("Z", Tell(Later, DeliveryResult.Deferred, others: [Later, Done]).Action);
    }

    [Theory]
    [InlineData("s@ext.example", DsnNotify.None, "R")]
    [InlineData("s@ext.example", DsnNotify.Failure, "R")]
    [InlineData("s@ext.example", DsnNotify.Never, "K")]
    [InlineData("s@ext.example", DsnNotify.Success, "K")]
    [InlineData("", DsnNotify.None, "K")]
    public void Given_up_is_R_where_the_sender_is_told_and_K_where_nobody_is(string from, DsnNotify notify, string letter)
    {
        Assert.Equal(letter, Tell(Never, DeliveryResult.Failed, from, notify).Action);
        Assert.Equal(letter, Tell(Later, DeliveryResult.Failed, from, notify).Action);
    }

    [Fact]
    public void Priority_is_that_of_the_message()
    {
        Assert.Equal(MessagePriority.Urgent, Tell(Later, DeliveryResult.Deferred, priority: MessagePriority.Urgent).Priority);
        Assert.Equal(["normal", "urgent", "nonurgent", "second-class"], Enum.GetValues<MessagePriority>().Select(p => TransactionRecord.PriorityText(p)));
    }

    [Fact]
    public void Held_is_H()
    {
        TransactionRecord told = Tell(new RecipientOutcome.Held("a mail loop"), DeliveryResult.Held);
        Assert.Equal(("H", "a mail loop"), (told.Action, told.Reason));
    }

    [Fact]
    public void Connection_is_told_with_what_was_sent_on_it()
    {
        HopFacts hop = new("4f2k9c7x", "TCP|192.0.2.1|40000|198.51.100.9|25") { Application = "SMTP/mx1.y.test", IsExtended = true, Tls = "TLS1.3:X", IsAuthenticated = true };
        TransactionRecord told = Tell(Later with { Hop = hop }, DeliveryResult.Deferred);
        Assert.Equal(("QESA", hop.Session, hop.Transport, hop.Application, hop.Tls), (told.Action, told.Session, told.Transport, told.Application, told.Tls));
        Assert.Equal("KLS", Tell(Never with { Hop = hop with { IsLmtp = true, IsAuthenticated = false } }, DeliveryResult.Failed, from: "").Action);
    }

    [Fact]
    public async Task Delayed_mail_leaves_Q_then_W_and_the_warning_is_enqueued()
    {
        await using DeliveryBench bench = new(_ => Later);
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test", from: "bob@example.com", source: "tcp_intranet");
        await bench.SettledAsync(id, RecipientState.Queued);
        await bench.ToldAsync("W");
        string[] letters = await bench.LettersAsync();
        Assert.Contains("Q", letters);
        Assert.Contains("E", letters);
    }

    private static TransactionRecord Tell(
        RecipientOutcome outcome, DeliveryResult result, string from = "s@ext.example", DsnNotify notify = DsnNotify.None, ImmutableArray<RecipientOutcome> others = default,
        MessagePriority priority = MessagePriority.Normal)
    {
        DeliveryAttempt attempt = Attempt(from);
        QueuedCopy copy = attempt.Copy with { Envelope = attempt.Copy.Envelope with { Priority = priority } };
        QueuedRecipient recipient = copy.Recipients[0] with { Notify = notify };
        DeliveryRecord record = new(new RecipientKey(1, 0), result, default, "");
        return DeliveryRecords.Of(copy, recipient, outcome, record, others.IsDefault ? [outcome] : others, 1, Now);
    }

    private static DeliveryAttempt Attempt(string from)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot();
        return Attempts.For(snapshot, snapshot.Channels.FindByName(new ChannelName("tcp_local"))!, ["kim@y.test"], from: from);
    }
}
