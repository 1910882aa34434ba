using Xunit;

namespace Postern.Queue.Tests;

/// <summary>What a queue shows of itself.</summary>
public abstract partial class QueueStoreContract
{
    [Fact]
    public async Task A_listing_is_filtered()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test"), Mail.To("b@z.test", "z.test")), Mail.Copy("ims-ms", Mail.To("c@x.test")));
        await Store.ClaimAsync(Now, "ims-ms");
        async Task<string> Found(QueueFilter filter) => string.Join(' ', (await Store.ListAsync(filter)).Select(e => e.Recipient));
        Assert.Equal("a@y.test b@z.test c@x.test", await Found(new QueueFilter()));
        Assert.Equal("a@y.test b@z.test", await Found(new QueueFilter { Channel = "TCP_LOCAL" }));
        Assert.Equal("b@z.test", await Found(new QueueFilter { Host = "Z.test" }));
        Assert.Equal("c@x.test", await Found(new QueueFilter { State = RecipientState.Claimed }));
        Assert.Equal("a@y.test b@z.test", await Found(new QueueFilter { Limit = 2 }));
        Assert.Equal("", await Found(new QueueFilter { Limit = 0 }));
        Assert.Equal("", await Found(new QueueFilter { ReceivedBefore = ManualTime.Start }));
        Assert.Equal("a@y.test b@z.test c@x.test", await Found(new QueueFilter { ReceivedBefore = ManualTime.Start.AddTicks(1) }));
    }

    [Fact]
    public async Task A_listing_longer_than_a_page_is_complete_and_in_order()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", [.. Enumerable.Range(0, 600).Select(i => Mail.To($"u{i}@y.test"))]));
        Assert.Equal(Enumerable.Range(0, 600).Select(i => $"u{i}@y.test"), (await Store.ListAsync()).Select(e => e.Recipient));
        Assert.Equal(300, (await Store.ListAsync(new QueueFilter { Limit = 300 })).Count);
    }

    [Fact]
    public async Task A_look_up_shows_every_recipient()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test")), Mail.Copy("ims-ms", Mail.To("c@x.test")));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now, "ims-ms")), DeliveryResult.Delivered, reply: "stored");
        QueuedMessage message = (await Store.FindAsync(id, Mail.None))!;
        Assert.Equal(Mail.Envelope(id), message.Envelope);
        Assert.Equal(["tcp_local", "ims-ms"], message.Copies.Select(c => c.Channel));
        Assert.Equal([2, 1], message.Copies.Select(c => c.Recipients.Length));
        Assert.Equal((RecipientState.Delivered, "stored"), (message.Copies[1].Recipients[0].State, message.Copies[1].Recipients[0].LastReply));
        Assert.Null(await Store.FindAsync(QueueId.New(Time), Mail.None));
    }

    [Fact]
    public async Task Totals_count_by_channel_and_by_host_where_recipients_stand()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test"), Mail.To("b@z.test", "z.test")), Mail.Copy("ims-ms", Mail.To("c@x.test", "x.test")));
        QueueId held = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("d@y.test", "y.test")));
        await Store.ClaimAsync(Now, "ims-ms");
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now, limit: 1)), DeliveryResult.Deferred, Now.AddHours(1));
        await Store.ApplyAsync(held, new OperatorAction.Hold("why"));
        Assert.Equal(
            [
                new ChannelTotal("ims-ms", 1, 20, new RecipientCounts(0, 0, 1, 0, 0), ManualTime.Start),
                new ChannelTotal("tcp_local", 2, 40, new RecipientCounts(1, 1, 0, 1, 0), ManualTime.Start),
            ],
            await Store.TotalsAsync(Mail.None));
        Assert.Equal(
            [
                new HostTotal("tcp_local", "y.test", new RecipientCounts(0, 1, 0, 1, 0), ManualTime.Start),
                new HostTotal("ims-ms", "x.test", new RecipientCounts(0, 0, 1, 0, 0), ManualTime.Start),
                new HostTotal("tcp_local", "z.test", new RecipientCounts(1, 0, 0, 0, 0), ManualTime.Start),
            ],
            await Store.HostTotalsAsync(null, 100, Mail.None));
        Assert.Equal("y.test", Assert.Single(await Store.HostTotalsAsync("TCP_LOCAL", 1, Mail.None)).Host);
    }

    [Fact]
    public async Task Totals_of_an_empty_queue_are_none()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Delivered);
        Assert.Empty(await Store.TotalsAsync(Mail.None));
        Assert.Empty(await Store.HostTotalsAsync(null, 100, Mail.None));
    }

    [Theory]
    [InlineData("*@y.test", null, null, "a@y.test")]
    [InlineData("A@Y.TEST", null, null, "a@y.test")]
    [InlineData("@y.test", null, null, "")]
    [InlineData("a?y.test", null, null, "")]
    [InlineData(null, "bob@*", null, "a@y.test b@z.test")]
    [InlineData(null, "", null, "c@x.test")]
    [InlineData(null, "*", null, "a@y.test b@z.test c@x.test")]
    [InlineData(null, "*o*", null, "a@y.test b@z.test")]
    [InlineData(null, null, "GREYLIST", "a@y.test")]
    [InlineData(null, null, "of hand", "b@z.test")]
    public async Task A_listing_is_filtered_by_addresses_and_by_what_was_said(string? recipient, string? from, string? said, string found)
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test")));
        QueueId held = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("b@z.test", "z.test")));
        await Store.QueueAsync(Mail.Copy("ims-ms", Mail.To("c@x.test")) with { ReversePath = "" });
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now, limit: 1)), DeliveryResult.Deferred, Now, "4.2.0 450 greylisted");
        await Store.ApplyAsync(held, new OperatorAction.Hold("out of hand"));
        QueueFilter filter = new() { Recipient = recipient, ReversePath = from, LastReply = said };
        Assert.Equal(found, string.Join(' ', (await Store.ListAsync(filter)).Select(e => e.Recipient)));
    }

    [Fact]
    public async Task A_listing_is_filtered_by_id_by_attempts_and_by_place()
    {
        QueueId first = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")), Mail.Copy("ims-ms", Mail.To("b@x.test")));
        QueueId second = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("c@y.test")));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now, limit: 1)), DeliveryResult.Deferred, Now);
        async Task<string> Found(QueueFilter filter) => string.Join(' ', (await Store.ListAsync(filter)).Select(e => e.Recipient));
        Assert.Equal("a@y.test b@x.test c@y.test", await Found(new QueueFilter { Ids = [second, QueueId.New(Time), first] }));
        Assert.Equal("c@y.test", await Found(new QueueFilter { Ids = [second] }));
        Assert.Equal("b@x.test", await Found(new QueueFilter { Ids = [first], Channel = "ims-ms" }));
        Assert.Equal("a@y.test", await Found(new QueueFilter { State = RecipientState.Queued, Tried = true }));
        Assert.Equal("b@x.test c@y.test", await Found(new QueueFilter { State = RecipientState.Queued, Tried = false }));
        Assert.Equal("a@y.test b@x.test", await Found(new QueueFilter { LastCopy = (await Store.ListAsync())[1].Key.CopyId }));
        Assert.Equal("", await Found(new QueueFilter { ReceivedSince = ManualTime.Start.AddTicks(1) }));
        Assert.Equal("a@y.test b@x.test c@y.test", await Found(new QueueFilter { ReceivedSince = ManualTime.Start }));
    }

    [Fact]
    public async Task A_rare_match_is_found_behind_many_that_do_not()
    {
        for (int i = 0; i < 3; i++) await Store.QueueAsync(Mail.Copy("tcp_local", [.. Enumerable.Range(0, 300).Select(n => Mail.To($"u{n}@y.test"))]));
        QueueId held = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("rare@z.test")));
        await Store.ApplyAsync(held, new OperatorAction.Hold("why"));
        Assert.Equal(held, Assert.Single(await Store.ListAsync(new QueueFilter { Recipient = "rare@*", Limit = 5 })).Id);
        Assert.Equal(held, Assert.Single(await Store.ListAsync(new QueueFilter { State = RecipientState.Held })).Id);
    }

    [Theory]
    [InlineData(false, "a@*", null, null, null, "a@y.test")]
    [InlineData(false, "a@*", null, null, "win", "a@y.test")]
    [InlineData(false, "b@*", null, null, "win", "")]
    [InlineData(false, null, null, null, "win", "a@y.test d@y.test")]
    [InlineData(true, null, null, null, "win", "a@y.test d@y.test")]
    [InlineData(true, "b@*", null, null, "win", "a@y.test b@z.test d@y.test")]
    [InlineData(true, "b@*", "", null, null, "b@z.test c@x.test")]
    [InlineData(true, null, null, "of hand", "win", "a@y.test b@z.test d@y.test")]
    [InlineData(true, "e@*", "x", "nobody", "nothing", "")]
    [InlineData(true, null, null, null, null, "a@y.test d@y.test b@z.test c@x.test")]
    public async Task What_is_said_of_a_message_must_all_hold_or_one_of_it(bool any, string? recipient, string? from, string? said, string? text, string found)
    {
        await Store.QueueAsync("you win"u8.ToArray(), Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test")), Mail.Copy("ims-ms", Mail.To("d@y.test", "y.test")));
        QueueId held = await Store.QueueAsync("you lose"u8.ToArray(), Mail.Copy("tcp_local", Mail.To("b@z.test", "z.test")));
        await Store.QueueAsync("you lose"u8.ToArray(), Mail.Copy("ims-ms", Mail.To("c@x.test")) with { ReversePath = "" });
        await Store.ApplyAsync(held, new OperatorAction.Hold("out of hand"));
        QueueFilter filter = new() { MatchesAny = any, Recipient = recipient, ReversePath = from, LastReply = said, Content = text is null ? null : new ContainsText(text) };
        List<QueueEntry> entries = await Store.ListAsync(filter);
        Assert.Equal(found.Split(' ', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal), entries.Select(e => e.Recipient).Order(StringComparer.Ordinal));
        Assert.Equal(entries.Select(e => e.Key.CopyId).Order(), entries.Select(e => e.Key.CopyId));

        // Where mail is and how old it is are no words about it: they must hold always.
        Assert.Equal(entries.Where(e => e.Channel == "ims-ms"), await Store.ListAsync(filter with { Channel = "ims-ms" }));
        Assert.Equal(entries.Where(e => e.Host == "y.test"), await Store.ListAsync(filter with { Host = "y.test" }));
        Assert.Equal(entries.Where(e => e.Id == held), await Store.ListAsync(filter with { Ids = [held] }));
        Assert.Equal(entries.Where(e => e.State == RecipientState.Held), await Store.ListAsync(filter with { State = RecipientState.Held }));
        Assert.Empty(await Store.ListAsync(filter with { ReceivedBefore = ManualTime.Start }));
        Assert.Equal(entries.Take(1), await Store.ListAsync(filter with { Limit = 1 }));
    }

    [Fact]
    public async Task Content_is_read_once_a_message_and_only_where_the_answer_hangs_on_it()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test")), Mail.Copy("ims-ms", Mail.To("c@x.test")));
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("d@y.test")));
        ContainsText text = new("body");
        Assert.Equal(4, (await Store.ListAsync(new QueueFilter { Content = text })).Count);
        Assert.Equal(2, text.Asked);
        Assert.Single(await Store.ListAsync(new QueueFilter { Content = text, Recipient = "d@y.test" }));
        Assert.Equal(3, text.Asked);
        Assert.Equal(4, (await Store.ListAsync(new QueueFilter { Content = text, ReversePath = "bob@*", MatchesAny = true })).Count);
        Assert.Equal(3, text.Asked);
    }

    /// <summary>Content with this text in it; counts how often it is asked.</summary>
    private sealed record ContainsText(string Text) : ContentTest
    {
        public int Asked { get; private set; }

        public override async ValueTask<bool> HoldsAsync(Stream content, CancellationToken cancellationToken)
        {
            Asked++;
            using StreamReader reader = new(content, leaveOpen: true);
            return (await reader.ReadToEndAsync(cancellationToken)).Contains(Text, StringComparison.Ordinal);
        }
    }
}
