using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Logs;

namespace Postern.Server.Operations;

/// <summary>
/// What the transaction log is told of operators: <c>H</c> held or released, <c>R</c> or <c>K</c> returned, <c>K</c> deleted;
/// one record a recipient, with the operator as its user.
/// </summary>
public sealed class OperatorRecords(TransactionLog transactions, Func<ConfigurationSnapshot> configuration, TimeProvider time)
{
    /// <param name="before">the copy as it was before the change.</param>
    /// <param name="changed">the recipients that were changed.</param>
    public void Write(OperatorRequest request, QueuedCopy before, ImmutableArray<RecipientKey> changed)
    {
        ConfigurationSnapshot snapshot = configuration();
        if (snapshot.Channels.FindByName(new ChannelName(before.Channel))?.Logging == false) return;
        HashSet<int> numbers = [.. changed.Select(key => key.Number)];
        foreach (QueuedRecipient recipient in before.Recipients.Where(r => numbers.Contains(r.Number)))
        {
            if (Letter(request, before, recipient) is not { } letter) continue;
            DateTimeOffset now = time.GetUtcNow();
            transactions.Write(DeliveryRecords.About(before.Envelope, before.Channel, before.ReversePath, recipient, before.Size, snapshot.Version, now) with
            {
                Action = letter,
                User = request.User,
                Reason = request.Text ?? $"{request.Verb.ToString().ToLowerInvariant()} by {request.User}",
                QueueTime = (now - before.Envelope.Received).TotalSeconds,
            });
        }
    }

    /// <summary>Completes when what was written is in the file.</summary>
    public Task FlushAsync() => transactions.FlushAsync();

    /// <returns>null where nothing becomes of the recipient that the log would name.</returns>
    private static string? Letter(OperatorRequest request, QueuedCopy copy, QueuedRecipient recipient) => request.Verb switch
    {
        OperatorVerb.Hold or OperatorVerb.Release => "H",
        OperatorVerb.Return when request.Silent => "K",
        OperatorVerb.Return => DeliveryRecords.Failure(copy, recipient),
        OperatorVerb.Delete when recipient.State is RecipientState.Queued or RecipientState.Held => "K",
        _ => null,
    };
}
