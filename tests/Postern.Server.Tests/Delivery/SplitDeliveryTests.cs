using System.Collections.Immutable;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>One attempt, two ways: what was done on one stands whatever becomes of the other.</summary>
public sealed class SplitDeliveryTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_the_channel_did_stands_when_the_way_back_breaks_off(bool cut)
    {
        List<string> order = [];
        SplitDelivery split = new(
            r => r.Release.IsRewritten(),
            new Way(attempt =>
            {
                order.Add("back");
                throw cut ? new OperationCanceledException("cut") : new InvalidOperationException("no directory");
            }),
            new Way(attempt =>
            {
                order.Add("own");
                return [.. attempt.Copy.Recipients.Select(r => new RecipientOutcome.Delivered(r.Address))];
            }));
        ImmutableArray<RecipientOutcome> outcomes = await split.DeliverAsync(
            Attempt(("a@y.test", ReleaseMark.Rewritten), ("b@y.test", ReleaseMark.Released), ("c@y.test", ReleaseMark.ForcedRewritten)), TestContext.Current.CancellationToken);
        Assert.Equal(["own", "back"], order);
        Assert.Equal("b@y.test", Assert.IsType<RecipientOutcome.Delivered>(outcomes[1]).Reply);
        foreach (int i in (int[])[0, 2])
        {
            RecipientOutcome.Deferred deferred = Assert.IsType<RecipientOutcome.Deferred>(outcomes[i]);
            Assert.False(deferred.HostFault);
            Assert.Contains(cut ? "cut" : "no directory", deferred.Fault.Text, StringComparison.Ordinal);
        }
    }

    private static DeliveryAttempt Attempt(params (string Address, ReleaseMark Release)[] recipients)
    {
        var snapshot = Site.Snapshot();
        QueueId id = QueueId.New(TimeProvider.System);
        Envelope envelope = new(id, "s@x.test", null, ReturnContent.Unspecified, false, BodyType.SevenBit, DateTimeOffset.UnixEpoch, "tcp_local", "", "", null, null);
        ImmutableArray<QueuedRecipient> queued =
        [
            .. recipients.Select((r, i) => new QueuedRecipient(
                i, r.Address, "y.test", null, DsnNotify.None, true, RecipientState.Claimed, 0, DateTimeOffset.UnixEpoch, null, null, null, false, null, r.Release)),
        ];
        return new DeliveryAttempt(
            new QueuedCopy(1, envelope, "tcp_local", "s@x.test", null, 0, queued),
            "y.test",
            snapshot.Channels.Local,
            snapshot,
            _ => throw new InvalidOperationException("nothing is read"));
    }

    private sealed class Way(Func<DeliveryAttempt, ImmutableArray<RecipientOutcome>> deliver) : IDeliveryChannel
    {
        public Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken) => Task.FromResult(deliver(attempt));
    }
}
