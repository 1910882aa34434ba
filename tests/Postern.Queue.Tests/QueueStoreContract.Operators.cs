using Xunit;

namespace Postern.Queue.Tests;

/// <summary>What operators do to queued mail.</summary>
public abstract partial class QueueStoreContract
{
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
    [InlineData(false, false, ReleaseMark.Released)]
    [InlineData(true, false, ReleaseMark.Forced)]
    [InlineData(false, true, ReleaseMark.Rewritten)]
    [InlineData(true, true, ReleaseMark.ForcedRewritten)]
    public async Task A_released_recipient_is_known_as_one_until_it_is_held_again(bool force, bool rewrite, ReleaseMark mark)
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("hold", Mail.To("a@y.test")));
        QueuedCopy first = Assert.Single(await Store.ClaimAsync(Now, "hold"));
        Assert.Equal(ReleaseMark.None, first.Recipients[0].Release);
        await Store.RecordAsync(first, DeliveryResult.Held);
        await Store.ApplyAsync(id, new OperatorAction.Release(force, rewrite));
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
    public async Task A_silent_return_fails_and_owes_nothing()
    {
        QueueId id = await Store.QueueAsync(Mail.Copy("tcp_local", Mail.To("a@y.test", notify: DsnNotify.Failure)), Mail.Copy("ims-ms", Mail.To("b@x.test")));
        await Store.WarnAsync(Assert.Single(await Store.ClaimAsync(Now)), Now);
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync([(await Store.ListAsync())[0].Key], new OperatorAction.Return("5.7.0 - returned", Silent: true), Mail.None));
        QueuedRecipient returned = (await Store.FindAsync(id, Mail.None))!.Copies[0].Recipients[0];
        Assert.Equal((RecipientState.Failed, "5.7.0 - returned", false), (returned.State, returned.LastReply, returned.NotificationOwed));
        Assert.Empty(await Store.PendingNotificationsAsync(Mail.None));
        await Store.ApplyAsync(id, new OperatorAction.Hold("why"));
        Assert.Equal(new OperatorOutcome(1, 0), await Store.ApplyAsync(id, new OperatorAction.Return("5.7.0 - returned", Silent: true)));
        Assert.Null(await Store.FindAsync(id, Mail.None));
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
}
