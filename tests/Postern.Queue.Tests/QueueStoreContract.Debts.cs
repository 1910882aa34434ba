using System.Collections.Immutable;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>What is owed to senders, and for how long.</summary>
public abstract partial class QueueStoreContract
{
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
}
