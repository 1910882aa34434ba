using System.Collections.Immutable;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>What every store must do, whatever it is made of.</summary>
public abstract partial class QueueStoreContract : IAsyncLifetime
{
    private IQueueStore? _store;

    internal ManualTime Time { get; } = new();

    protected IQueueStore Store => _store!;

    private DateTimeOffset Now => Time.GetUtcNow();

    protected abstract IQueueStore Open();

    public ValueTask InitializeAsync()
    {
        _store = Open();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null) await _store.DisposeAsync();
        CleanUp();
        GC.SuppressFinalize(this);
    }

    protected virtual void CleanUp()
    {
    }

    [Fact]
    public async Task Staged_content_is_invisible_until_committed()
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(id);
        await staged.WriteAsync(new byte[700_000], Mail.None);
        Assert.Equal(700_000, staged.Length);
        Assert.Empty(await Store.ListAsync());
        Assert.Null(await Store.FindAsync(id, Mail.None));
        Assert.Empty(await Store.ClaimAsync(Now));
        await Assert.ThrowsAsync<QueueReadException>(() => Store.OpenContentAsync(id, Mail.None));
    }

    [Fact]
    public async Task Everything_given_comes_back()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("kim@y.test", "MX.Y.Test", DsnNotify.Failure | DsnNotify.Delay) with { ShownAs = "kims@example.com" }));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        Assert.Equal(Mail.Envelope(id), copy.Envelope);
        Assert.Equal("tcp_local", copy.Channel);
        Assert.Equal("bob@example.com", copy.ReversePath);
        Assert.Equal("Received: here\r\n"u8.ToArray(), copy.HeaderBlock!.Value.ToArray());
        Assert.Equal(20, copy.Size);
        Assert.Equal(
            new QueuedRecipient(
                0, "kim@y.test", "mx.y.test", "rfc822;kim@y.test", DsnNotify.Failure | DsnNotify.Delay, true, RecipientState.Claimed, 0, Now, null, null, null, false, "kims@example.com"),
            Assert.Single(copy.Recipients));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(262_143)]
    [InlineData(262_144)]
    [InlineData(262_145)]
    [InlineData(1_000_000)]
    public async Task Content_of_any_length_is_kept_as_it_came(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        QueueId id = QueueId.New(Time);
        await using (IStagedMessage staged = Store.Stage(id))
        {
            foreach (byte[] part in content.Chunk(70_001)) await staged.WriteAsync(part, Mail.None);
            await Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("tcp_local", Mail.To("kim@y.test"))], [], Mail.None);
        }

        Assert.Equal(content, await Store.ContentAsync(id));
        Assert.Equal(length, (await Store.FindAsync(id, Mail.None))!.Size);
    }

    [Fact]
    public async Task The_writers_buffers_may_be_used_again()
    {
        QueueId id = QueueId.New(Time);
        byte[] content = "one"u8.ToArray();
        byte[] block = "X: one\r\n"u8.ToArray();
        await using IStagedMessage staged = Store.Stage(id);
        await staged.WriteAsync(content, Mail.None);
        content.AsSpan().Clear();
        await Store.CommitAsync(staged, Mail.Envelope(id), [new NewCopy("tcp_local", "", block, null, [Mail.To("a@y.test")])], [], Mail.None);
        block.AsSpan().Clear();
        Assert.Equal("one"u8.ToArray(), await Store.ContentAsync(id));
        Assert.Equal("X: one\r\n"u8.ToArray(), (await Store.FindAsync(id, Mail.None))!.Copies[0].HeaderBlock!.Value.ToArray());
    }

    [Fact]
    public async Task A_copy_without_header_block_has_none()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")) with { HeaderBlock = default });
        Assert.Null(Assert.Single(await Store.ClaimAsync(Now)).HeaderBlock);
    }

    [Fact]
    public async Task An_id_can_be_used_once()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await using IStagedMessage again = Store.Stage(id);
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.CommitAsync(again, Mail.Envelope(id), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None));
        Assert.Single(await Store.ListAsync());
    }

    [Fact]
    public async Task A_message_is_committed_once()
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(id);
        await Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None));
    }

    [Fact]
    public async Task A_message_needs_its_own_envelope_and_recipients()
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(id);
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, Mail.Envelope(QueueId.New(Time)), [Mail.Copy("l", Mail.To("b@y.test"))], [], Mail.None));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, Mail.Envelope(id), [], [], Mail.None));
        await Assert.ThrowsAsync<ArgumentException>(() => Store.CommitAsync(staged, Mail.Envelope(id), [Mail.Copy("l")], [], Mail.None));
    }

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

    [Fact]
    public async Task A_failure_keeps_the_message_until_its_notification_is_queued()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test")));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        await Store.RecordAsync(copy, DeliveryResult.Failed, reply: "5.1.1 mx no such user");
        PendingNotification pending = Assert.Single(await Store.PendingNotificationsAsync(Mail.None));
        Assert.Equal((id, copy.CopyId, "bob@example.com"), (pending.Envelope.Id, pending.CopyId, pending.ReversePath));
        Assert.Equal(["a@y.test", "b@y.test"], pending.Recipients.Select(r => r.Address));
        Assert.All(pending.Recipients, r => Assert.Equal("5.1.1 mx no such user", r.LastReply));
        Assert.Equal(20, (await Store.ContentAsync(id)).Length);

        QueueId notification = QueueId.New(Time);
        await using IStagedMessage staged = Store.Stage(notification);
        await Store.CommitAsync(
            staged,
            Mail.Envelope(notification) with { ReversePath = "", ParentId = id.ToString() },
            [Mail.Copy("tcp_local", Mail.To("bob@example.com"))],
            [.. pending.Recipients.Select(r => new RecipientKey(pending.CopyId, r.Number))],
            Mail.None);
        Assert.Empty(await Store.PendingNotificationsAsync(Mail.None));
        Assert.Equal(notification, Assert.Single(await Store.ListAsync()).Id);
    }

    [Theory]
    [InlineData(DsnNotify.None, true)]
    [InlineData(DsnNotify.Delay, true)]
    [InlineData(DsnNotify.Failure | DsnNotify.Delay, true)]
    [InlineData(DsnNotify.Never, false)]
    [InlineData(DsnNotify.Failure, false)]
    public async Task Notify_decides_whether_a_warning_is_owed(DsnNotify notify, bool owed)
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", notify: notify)));
        await Store.WarnAsync(Assert.Single(await Store.ClaimAsync(Now)), Now.AddHours(1));
        ImmutableArray<PendingNotification> pending = await Store.PendingNotificationsAsync(Mail.None);
        Assert.Equal(owed ? ["tcp_local Queued"] : [], pending.Select(p => $"{p.Channel} {p.Recipients[0].State}"));
    }

    [Fact]
    public async Task A_warning_under_way_does_not_strike_the_failure_that_came_in_between()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        await Store.WarnAsync(copy, Now);
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Failed);
        await Store.SettleAsync([new RecipientKey(copy.CopyId, 0, OfWarning: true)], Mail.None);
        Assert.Equal(RecipientState.Failed, Assert.Single(Assert.Single(await Store.PendingNotificationsAsync(Mail.None)).Recipients).State);
        await Store.SettleAsync([new RecipientKey(copy.CopyId, 0)], Mail.None);
        Assert.Empty(await Store.ListAsync());
    }

    [Fact]
    public async Task A_delivery_a_hold_and_a_deletion_cancel_a_warning()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.WarnAsync(Assert.Single(await Store.ClaimAsync(Now)), Now);
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Delivered);
        Assert.Empty(await Store.ListAsync());

        QueueId held = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.WarnAsync(Assert.Single(await Store.ClaimAsync(Now)), Now);
        await Store.ApplyAsync(held, new OperatorAction.Hold("why"));
        Assert.Empty(await Store.PendingNotificationsAsync(Mail.None));
        await Store.ApplyAsync(held, new OperatorAction.Delete());

        QueueId deleted = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.WarnAsync(Assert.Single(await Store.ClaimAsync(Now)), Now.AddHours(1));
        await Store.ApplyAsync(deleted, new OperatorAction.Delete());
        Assert.Empty(await Store.ListAsync());
    }

    [Fact]
    public async Task A_warning_that_was_not_sent_stays_owed_over_further_attempts()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.WarnAsync(Assert.Single(await Store.ClaimAsync(Now)), Now);
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Deferred, Now.AddHours(1));
        Assert.Single(await Store.PendingNotificationsAsync(Mail.None));
    }

    [Fact]
    public async Task Mail_of_a_host_at_work_waits_until_more_of_it_is_due_than_the_backlog()
    {
        foreach (string user in (string[])["a", "b", "c"]) await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To($"{user}@y.test", "mx.y.test")));
        QueueClaim claim = new("tcp_local", Now, 1, Mail.NoHosts, Backlog: new Dictionary<string, int> { ["mx.y.test"] = 2 });
        Assert.Equal("a@y.test", Assert.Single(await Store.ClaimAsync(claim, Mail.None)).Recipients[0].Address);
        Assert.Empty(await Store.ClaimAsync(claim, Mail.None));
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("d@z.test", "mx.z.test")));
        Assert.Equal("d@z.test", Assert.Single(await Store.ClaimAsync(claim, Mail.None)).Recipients[0].Address);
        Assert.Equal("b@y.test", Assert.Single(await Store.ClaimAsync(claim with { Backlog = null }, Mail.None)).Recipients[0].Address);
    }

    [Fact]
    public async Task A_debt_can_be_struck_in_parts()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test"), Mail.To("b@y.test")));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        await Store.RecordAsync(copy, DeliveryResult.Failed);
        await Store.SettleAsync([new RecipientKey(copy.CopyId, 0)], Mail.None);
        await Store.SettleAsync([new RecipientKey(copy.CopyId, 0)], Mail.None);
        Assert.Equal("b@y.test", Assert.Single(Assert.Single(await Store.PendingNotificationsAsync(Mail.None)).Recipients).Address);
        await Store.SettleAsync([new RecipientKey(copy.CopyId, 1)], Mail.None);
        Assert.Empty(await Store.ListAsync());
    }

    [Theory]
    [InlineData(DsnNotify.None, true)]
    [InlineData(DsnNotify.Failure, true)]
    [InlineData(DsnNotify.Success | DsnNotify.Failure, true)]
    [InlineData(DsnNotify.Never, false)]
    [InlineData(DsnNotify.Success, false)]
    [InlineData(DsnNotify.Delay, false)]
    public async Task Notify_decides_whether_a_failure_is_owed(DsnNotify notify, bool owed)
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", notify: notify)));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Failed);
        Assert.Equal(owed ? 1 : 0, (await Store.PendingNotificationsAsync(Mail.None)).Length);
        Assert.Equal(owed ? 1 : 0, (await Store.ListAsync()).Count);
    }

    [Theory]
    [InlineData(DeliveryResult.Delivered, true, DsnNotify.Success, true)]
    [InlineData(DeliveryResult.Delivered, true, DsnNotify.Failure, false)]
    [InlineData(DeliveryResult.Delivered, true, DsnNotify.None, false)]
    [InlineData(DeliveryResult.Delivered, false, DsnNotify.Success, false)]
    [InlineData(DeliveryResult.Relayed, false, DsnNotify.Success | DsnNotify.Failure, true)]
    [InlineData(DeliveryResult.Relayed, false, DsnNotify.Never, false)]
    public async Task Notify_decides_whether_a_success_is_owed(DeliveryResult result, bool inMailbox, DsnNotify notify, bool owed)
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", notify: notify)));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Time.GetUtcNow()));
        RecipientKey key = new(copy.CopyId, 0);
        await Store.RecordAsync([new DeliveryRecord(key, result, default, "ok", InMailbox: inMailbox)], Mail.None);
        Assert.Equal(owed ? 1 : 0, (await Store.PendingNotificationsAsync(Mail.None)).Length);
        await Store.SettleAsync([key with { OfWarning = true }], Mail.None);
        Assert.Equal(owed, await Store.FindAsync(id, Mail.None) is not null);
        await Store.SettleAsync([key], Mail.None);
        Assert.Null(await Store.FindAsync(id, Mail.None));
    }

    [Fact]
    public async Task A_report_may_be_owed_from_the_start_and_nothing_falls_due_for_it()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("l", Mail.To("staff@y.test", "", DsnNotify.Success) with { Reached = RecipientState.Expanded }));
        Assert.Empty(await Store.ClaimAsync(Time.GetUtcNow(), "l"));
        PendingNotification pending = Assert.Single(await Store.PendingNotificationsAsync(Mail.None));
        Assert.Equal(RecipientState.Expanded, Assert.Single(pending.Recipients).State);
        await Store.SettleAsync([new RecipientKey(pending.CopyId, 0)], Mail.None);
        Assert.Null(await Store.FindAsync(id, Mail.None));
    }

    [Fact]
    public async Task A_failed_commit_strikes_no_debt()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        QueuedCopy copy = Assert.Single(await Store.ClaimAsync(Now));
        await Store.RecordAsync(copy, DeliveryResult.Failed);
        await using IStagedMessage staged = Store.Stage(id);
        await Assert.ThrowsAsync<QueueWriteException>(() => Store.CommitAsync(
            staged, Mail.Envelope(id), [Mail.Copy("l", Mail.To("bob@example.com"))], [new RecipientKey(copy.CopyId, 0)], Mail.None));
        Assert.Single(await Store.PendingNotificationsAsync(Mail.None));
    }

    [Fact]
    public async Task A_message_may_be_held_from_the_start_and_does_not_fall_due()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")) with { HoldReason = "a mail loop" });
        Assert.Empty(await Store.ClaimAsync(Now.AddYears(1)));
        Assert.Null(await Store.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
        QueueEntry entry = Assert.Single(await Store.ListAsync());
        Assert.Equal((RecipientState.Held, "a mail loop"), (entry.State, entry.HoldReason));
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync(id, new OperatorAction.Release()));
        Assert.Null(Assert.Single(await Store.ClaimAsync(Now)).Recipients[0].HoldReason);
    }

    [Theory]
    [InlineData(false, ReleaseMark.Released)]
    [InlineData(true, ReleaseMark.Forced)]
    public async Task A_released_recipient_is_known_as_one_until_it_is_held_again(bool force, ReleaseMark mark)
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("hold", Mail.To("a@y.test")));
        QueuedCopy first = Assert.Single(await Store.ClaimAsync(Now, "hold"));
        Assert.Equal(ReleaseMark.None, first.Recipients[0].Release);
        await Store.RecordAsync(first, DeliveryResult.Held);
        await Store.ApplyAsync(id, new OperatorAction.Release(force));
        QueuedCopy released = Assert.Single(await Store.ClaimAsync(Now, "hold"));
        Assert.Equal(mark, released.Recipients[0].Release);
        await Store.RecordAsync(released, DeliveryResult.Deferred, Now);
        released = Assert.Single(await Store.ClaimAsync(Now, "hold"));
        Assert.Equal(mark, released.Recipients[0].Release);
        await Store.RecordAsync(released, DeliveryResult.Held);
        Assert.Equal(ReleaseMark.None, (await Store.FindAsync(id, Mail.None))!.Copies[0].Recipients[0].Release);
    }

    [Fact]
    public async Task Hold_and_retry_change_what_is_queued()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        await Store.RecordAsync(Assert.Single(await Store.ClaimAsync(Now)), DeliveryResult.Deferred, Now.AddHours(4));
        Assert.Equal(new OperatorOutcome(0, 0), await Store.ApplyAsync(id, new OperatorAction.Release()));
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync(id, new OperatorAction.Retry()));
        Assert.Equal(ManualTime.Start, await Store.NextDueAsync(DateTimeOffset.MinValue, Mail.None));
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync(id, new OperatorAction.Hold("by hand")));
        Assert.Empty(await Store.ClaimAsync(Now));
        Assert.Equal("by hand", Assert.Single(await Store.ListAsync()).HoldReason);
    }

    [Fact]
    public async Task An_operator_does_not_touch_what_is_under_way()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test")), Mail.Copy("ims-ms", Mail.To("b@x.test")));
        QueuedCopy underWay = Assert.Single(await Store.ClaimAsync(Now));
        OperatorOutcome outcome = await Store.ApplyAsync(id, new OperatorAction.Delete());
        Assert.Equal(new OperatorOutcome(1, 1), outcome);
        Assert.Equal([RecipientState.Claimed, RecipientState.Failed], (await Store.ListAsync()).Select(e => e.State));
        Assert.Equal((await Store.ListAsync())[1].Key, Assert.Single(outcome.Keys));
        await Store.RecordAsync(underWay, DeliveryResult.Delivered);
        Assert.Empty(await Store.ListAsync());
    }

    [Fact]
    public async Task Return_fails_and_owes_delete_drops_and_owes_nothing()
    {
        QueueId returned = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync(returned, new OperatorAction.Return("5.7.0 - returned")));
        Assert.Equal("5.7.0 - returned", Assert.Single(Assert.Single(await Store.PendingNotificationsAsync(Mail.None)).Recipients).LastReply);
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync(returned, new OperatorAction.Delete()));
        Assert.Empty(await Store.PendingNotificationsAsync(Mail.None));
        Assert.Empty(await Store.ListAsync());
        Assert.Equal(new OperatorOutcome(0, 0), await Store.ApplyAsync(returned, new OperatorAction.Delete()));
    }

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

    [Fact]
    public async Task An_operator_means_recipients_and_not_their_messages()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", "y.test"), Mail.To("b@z.test", "z.test")));
        QueueEntry one = Assert.Single(await Store.ListAsync(new QueueFilter { Host = "z.test" }));
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync([one.Key, new RecipientKey(one.Key.CopyId, 7), new RecipientKey(9_999_999, 0)], new OperatorAction.Hold("why"), Mail.None));
        Assert.Equal([RecipientState.Queued, RecipientState.Held], (await Store.ListAsync()).Select(e => e.State));
    }

    [Fact]
    public async Task A_stopped_channel_takes_mail_and_gives_out_none()
    {
        await Store.SetStoppedAsync("TCP_local", true, Mail.None);
        await Store.SetStoppedAsync("tcp_local", true, Mail.None);
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")), Mail.Copy("ims-ms", Mail.To("b@x.test")));
        Assert.Equal("TCP_local", Assert.Single(await Store.StoppedAsync(Mail.None)));
        Assert.Empty(await Store.ClaimAsync(Now));
        Assert.Single(await Store.ClaimAsync(Now, "ims-ms"));
        await Store.SetStoppedAsync("tcp_local", false, Mail.None);
        Assert.Empty(await Store.StoppedAsync(Mail.None));
        Assert.Single(await Store.ClaimAsync(Now));
    }

    [Fact]
    public async Task What_is_under_way_when_its_channel_is_stopped_may_be_recorded()
    {
        await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test")));
        QueuedCopy underWay = Assert.Single(await Store.ClaimAsync(Now));
        await Store.SetStoppedAsync("tcp_local", true, Mail.None);
        await Store.RecordAsync(underWay, DeliveryResult.Delivered);
        Assert.Empty(await Store.ListAsync());
    }

    [Fact]
    public async Task An_abandoned_message_leaves_nothing_and_its_id_stays_free()
    {
        QueueId id = QueueId.New(Time);
        await using (IStagedMessage staged = Store.Stage(id)) await staged.WriteAsync(new byte[600_000], Mail.None);
        await using IStagedMessage again = Store.Stage(id);
        await again.WriteAsync("short"u8.ToArray(), Mail.None);
        await Store.CommitAsync(again, Mail.Envelope(id), [Mail.Copy("l", Mail.To("a@y.test"))], [], Mail.None);
        Assert.Equal("short"u8.ToArray(), await Store.ContentAsync(id));
    }

    [Fact]
    public async Task Many_sessions_at_once_lose_nothing()
    {
        QueueId[] ids = await Task.WhenAll(Enumerable.Range(0, 64).Select(i => Task.Run(() => Store.QueueAsync(Mail.Copy("tcp_local", Mail.To($"u{i}@y.test"))))));
        Assert.Equal(ids.Order(), (await Store.ListAsync()).Select(e => e.Id).Order());
        ImmutableArray<QueuedCopy>[] claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Store.ClaimAsync(Now, limit: 10))));
        Assert.Equal(64, claims.SelectMany(c => c).Select(c => c.CopyId).Distinct().Count());
        Assert.Equal(64, claims.Sum(c => c.Length));
    }
}
