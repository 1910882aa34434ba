using System.Collections.Immutable;
using Postern.Server.Delivery;

namespace Postern.Server.Tests.Harness;

/// <summary>Counts the attempts that run at once; they end when the test says so.</summary>
internal sealed class WaitingDelivery : IDeliveryChannel
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly SemaphoreSlim _asked = new(0);
    private int _running;

    public int Running => Volatile.Read(ref _running);

    /// <summary>Completes when one more attempt was begun.</summary>
    public Task AskedAsync() => _asked.WaitAsync(TestContext.Current.CancellationToken);

    public void Release() => _released.SetResult();

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _running);
        _asked.Release();
        await _released.Task.WaitAsync(cancellationToken);
        Interlocked.Decrement(ref _running);
        return [.. attempt.Copy.Recipients.Select(_ => new RecipientOutcome.Delivered("ok"))];
    }
}
