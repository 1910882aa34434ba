using System.Collections.Immutable;

namespace Postern.Server.Delivery;

/// <summary>The channel <c>bitbucket</c>: mail is accepted and dropped, with a record in the log. Nobody is told that it was delivered.</summary>
public sealed class BitbucketDelivery : IDeliveryChannel
{
    public Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken) =>
        Task.FromResult<ImmutableArray<RecipientOutcome>>([.. attempt.Copy.Recipients.Select(_ => new RecipientOutcome.Delivered("discarded", SuccessReport.PassedOn))]);
}
