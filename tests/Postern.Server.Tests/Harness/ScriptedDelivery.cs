using System.Collections.Concurrent;
using System.Collections.Immutable;
using Postern.Server.Delivery;

namespace Postern.Server.Tests.Harness;

/// <summary>A delivery program that does what the test says, and tells when it was asked.</summary>
internal sealed class ScriptedDelivery(Func<DeliveryAttempt, RecipientOutcome> answer) : IDeliveryChannel
{
    private readonly SemaphoreSlim _asked = new(0);

    public ConcurrentQueue<DeliveryAttempt> Attempts { get; } = new();

    public Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        Attempts.Enqueue(attempt);
        _asked.Release();
        return Task.FromResult<ImmutableArray<RecipientOutcome>>([.. attempt.Copy.Recipients.Select(_ => answer(attempt))]);
    }

    /// <summary>Completes when it was asked once more.</summary>
    public Task AskedAsync() => _asked.WaitAsync(TestContext.Current.CancellationToken);
}
