using System.Collections.Immutable;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>What is given out, and what becomes of it.</summary>
public abstract partial class QueueStoreContract
{
    [Fact]
    public async Task A_claim_takes_one_channel_only()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")), Mail.Copy("ims-ms", Mail.To("b@x.test")));
        Assert.Equal("a@y.test", Assert.Single(await Store.ClaimAsync(Now)).Recipients[0].Address);
        Assert.Equal("b@x.test", Assert.Single(await Store.ClaimAsync(Now, "ims-ms")).Recipients[0].Address);
        Assert.Empty(await Store.ClaimAsync(Now, "l"));
    }

    [Fact]
    public async Task Recipients_with_one_next_hop_travel_together()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test"), Mail.To("b@z.test", "z.test"), Mail.To("c@y.test", "Y.TEST")));
        ImmutableArray<QueuedCopy> claimed = await Store.ClaimAsync(Now);
        Assert.Equal([["a@y.test", "c@y.test"], ["b@z.test"]], claimed.Select(c => c.Recipients.Select(r => r.Address).ToArray()));
    }

    [Fact]
    public async Task What_is_claimed_is_not_given_out_again()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Assert.Single(await Store.ClaimAsync(Now));
        Assert.Empty(await Store.ClaimAsync(Now));
        Assert.Equal(RecipientState.Claimed, Assert.Single(await Store.ListAsync()).State);
    }

    [Fact]
    public async Task A_large_group_is_given_out_in_parts_one_after_the_other()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", [.. Enumerable.Range(0, 250).Select(i => Mail.To($"u{i}@y.test"))]));
        foreach (int expected in (int[])[100, 100, 50])
        {
            QueuedCopy part = Assert.Single(await Store.ClaimAsync(Now));
            Assert.Equal(expected, part.Recipients.Length);
            Assert.Empty(await Store.ClaimAsync(Now));
            await Store.RecordAsync(part, DeliveryResult.Delivered);
        }

        Assert.Empty(await Store.ListAsync());
    }

    [Fact]
    public async Task A_claim_is_limited()
    {
        for (int i = 0; i < 5; i++) await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To($"u{i}@y.test")));
        Assert.Equal(["u0@y.test", "u1@y.test"], (await Store.ClaimAsync(Now, limit: 2)).Select(c => c.Recipients[0].Address));
        Assert.Empty(await Store.ClaimAsync(Now, limit: 0));
        Assert.Equal(3, (await Store.ClaimAsync(Now)).Length);
    }

    [Fact]
    public async Task Hosts_in_back_off_are_passed_over()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "dead.test")));
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("b@y.test", "o'clock.test"), Mail.To("c@y.test", "alive.test")));
        Assert.Equal("c@y.test", Assert.Single(await Store.ClaimAsync(Now, waiting: ["dead.test", "o'clock.test"])).Recipients[0].Address);
        Assert.Equal(2, (await Store.ClaimAsync(Now)).Length);
    }

    [Fact]
    public async Task A_claim_may_name_its_host()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test"), Mail.To("b@z.test", "z.test")));
        QueueClaim claim = new("tcp_local", Now, 5, Mail.NoHosts) { Host = "z.test" };
        Assert.Equal(["b@z.test"], (await Store.ClaimAsync(claim, Mail.None)).Select(c => c.Recipients[0].Address));
        Assert.Empty(await Store.ClaimAsync(claim, Mail.None));
    }

    [Fact]
    public async Task What_is_given_back_is_as_it_was()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.WarnAsync(Assert.Single(await Store.ClaimAsync(Now)), Now);
        QueueEntry before = Assert.Single(await Store.ListAsync());
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.GivenBack, Now.AddDays(1), "");
        Assert.Equal(before, Assert.Single(await Store.ListAsync()));
        Assert.Single(await Store.PendingNotificationsAsync(Mail.None));
        Assert.Single(await Store.ClaimAsync(Now));
    }

    [Fact]
    public async Task Channels_with_due_mail_are_known()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")), Mail.Copy("ims-ms", Mail.To("b@x.test")), Mail.Copy("process", Mail.To("c@x.test")));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now, "process")), DeliveryResult.Deferred, Now.AddHours(1));
        Assert.Equal(["ims-ms", "tcp_local"], (await Store.DueChannelsAsync(Now, Mail.None)).Select(d => d.Name));
        await Store.ClaimAsync(Now, "ims-ms");
        Assert.Equal(["tcp_local", "process"], (await Store.DueChannelsAsync(Now.AddHours(1), Mail.None)).Select(d => d.Name));
    }

    [Fact]
    public async Task Attempts_that_did_not_succeed_are_remembered_with_their_message()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test", "z.test")));
        for (int i = 0; i < 3; i++)
        {
            Time.Advance(TimeSpan.FromHours(1));
            await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now, limit: 1)), DeliveryResult.Deferred, Now, $"4.2.0 - later {i}");
        }

        Assert.Equal(
            [("4.2.0 - later 0", Now.AddHours(-2)), ("4.2.0 - later 2", Now), ("4.2.0 - later 1", Now.AddHours(-1))],
            (await Store.HistoryAsync(id, Mail.None)).Select(a => (a.Reply, a.Time)));
        foreach (QueuedCopy copy in await Store.ClaimAsync(Now)) await Store.RecordAsync(copy, DeliveryResult.Delivered);
        Assert.Empty(await Store.HistoryAsync(id, Mail.None));
    }

    [Fact]
    public async Task So_many_attempts_are_remembered_the_last_ones()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        for (int i = 0; i < PastAttempt.Kept + 5; i++)
        {
            Time.Advance(TimeSpan.FromHours(1));
            await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Deferred, Now, $"{i}");
        }

        IReadOnlyList<PastAttempt> past = await Store.HistoryAsync(id, Mail.None);
        Assert.Equal((PastAttempt.Kept, "5", "104"), (past.Count, past[0].Reply, past[^1].Reply));
    }

    [Fact]
    public async Task Mail_for_a_stopped_host_waits_on_every_channel()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test"), Mail.To("b@z.test", "z.test")), Mail.Copy("tcp_intranet", Mail.To("c@y.test", "y.test")));
        await Store.SetHostStoppedAsync("Y.test", true, Mail.None);
        await Store.SetHostStoppedAsync("y.test", true, Mail.None);
        Assert.Equal(["y.test"], await Store.StoppedHostsAsync(Mail.None));
        Assert.Equal("b@z.test", Assert.Single(await Store.ClaimAsync(Now)).Recipients[0].Address);
        Assert.Empty(await Store.ClaimAsync(Now, "tcp_intranet"));
        await Store.SetHostStoppedAsync("y.test", false, Mail.None);
        Assert.Single(await Store.ClaimAsync(Now));
        Assert.Single(await Store.ClaimAsync(Now, "tcp_intranet"));
    }

    [Fact]
    public async Task Longest_due_comes_first()
    {
        for (int i = 0; i < 3; i++) await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To($"u{i}@y.test")));
        foreach (QueuedCopy copy in await Store.ClaimAsync(Now))
            await Store.RecordAsync(copy, DeliveryResult.Deferred, Now.AddMinutes(10 - copy.Recipients[0].Address[1]));
        Assert.Equal(["u2@y.test", "u1@y.test", "u0@y.test"], (await Store.ClaimAsync(Now.AddHours(1))).Select(c => c.Recipients[0].Address));
    }

    [Fact]
    public async Task What_is_deferred_waits_for_its_time()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        DateTimeOffset next = Now.AddMinutes(5);
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Deferred, next, "4.4.1 mx busy");
        Assert.Equal(next, await Store.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
        Assert.Empty(await Store.ClaimAsync(next.AddTicks(-1)));
        QueuedRecipient again = Assert.Single(await Store.ClaimAsync(next)).Recipients[0];
        Assert.Equal((1, "4.4.1 mx busy", (DateTimeOffset?)Now), (again.Attempts, again.LastReply, again.LastAttempt));
    }

    [Fact]
    public async Task Next_due_is_the_earliest_of_all_channels_and_none_when_nothing_is_queued()
    {
        Assert.Null(await Store.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Deferred, Now.AddHours(2));
        Time.Advance(TimeSpan.FromHours(1));
        await Store.QueueAsync(Mail.Copy("ims-ms", Mail.To("b@y.test")));
        Assert.Equal(Now, await Store.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
        Assert.Equal(ManualTime.Start.AddHours(2), await Store.NextDueAsync(Now, Mail.None));
        await Store.ClaimAsync(Now, "ims-ms");
        Assert.Equal(ManualTime.Start.AddHours(2), await Store.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
    }

    [Theory]
    [InlineData(DeliveryResult.Delivered)]
    [InlineData(DeliveryResult.Relayed)]
    [InlineData(DeliveryResult.Expanded)]
    public async Task A_message_leaves_when_its_last_recipient_is_done(DeliveryResult result)
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")), Mail.Copy("ims-ms", Mail.To("b@x.test")));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), result);
        Assert.Equal(2, (await Store.ListAsync()).Count);
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now, "ims-ms")), result);
        Assert.Empty(await Store.ListAsync());
        Assert.Null(await Store.FindAsync(id, Mail.None));
        await Assert.ThrowsAsync<QueueReadException>(() => Store.OpenContentAsync(id, Mail.None));
    }

    [Fact]
    public async Task Recipients_of_one_attempt_may_end_differently()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test"), Mail.To("c@y.test"), Mail.To("d@y.test")));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        DeliveryResult[] results = [DeliveryResult.Delivered, DeliveryResult.Deferred, DeliveryResult.Failed, DeliveryResult.Held];
        await Store.RecordAsync([.. results.Select((r, i) => new DeliveryRecord(new RecipientKey(copy.CopyId, i), r, Now.AddHours(1), $"reply {i}"))], Mail.None);
        List<QueueEntry> entries = await Store.ListAsync();
        Assert.Equal([RecipientState.Delivered, RecipientState.Queued, RecipientState.Failed, RecipientState.Held], entries.Select(e => e.State));
        Assert.Equal(["reply 0", "reply 1", "reply 2", null], entries.Select(e => e.LastReply));
        Assert.Equal("reply 3", entries[3].HoldReason);
        Assert.All(entries, e => Assert.Equal(1, e.Attempts));
    }

    [Fact]
    public async Task A_record_for_what_is_not_claimed_changes_nothing()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        await Store.RecordAsync(copy, DeliveryResult.Deferred, Now.AddHours(1));
        await Store.RecordAsync(copy, DeliveryResult.Delivered);
        await Store.RecordAsync([new DeliveryRecord(new RecipientKey(copy.CopyId, 7), DeliveryResult.Failed, default, "x")], Mail.None);
        await Store.RecordAsync([new DeliveryRecord(new RecipientKey(987654321, 0), DeliveryResult.Failed, default, "x")], Mail.None);
        Assert.Equal(RecipientState.Queued, Assert.Single(await Store.ListAsync()).State);
    }
}
