using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>What is queued of an envelope sender.</summary>
/// <param name="From">as the first copy spells it; "" is the null path.</param>
/// <param name="Copies">copies of messages that were counted.</param>
/// <param name="Octets">of their content; what several copies share is counted for each.</param>
/// <param name="Oldest">when the first of these messages was received.</param>
public sealed record SenderTotal(string From, long Copies, long Octets, RecipientCounts Recipients, DateTimeOffset Oldest)
{
    internal SenderTotal With(QueueEntry entry, bool isNewCopy) => new(
        From,
        Copies + (isNewCopy ? 1 : 0),
        Octets + (isNewCopy ? entry.Size : 0),
        Counted(Recipients, entry),
        entry.Received < Oldest ? entry.Received : Oldest);

    private static RecipientCounts Counted(RecipientCounts counts, QueueEntry entry) => entry.State switch
    {
        RecipientState.Queued when entry.Attempts == 0 => counts with { Active = counts.Active + 1 },
        RecipientState.Queued => counts with { Delayed = counts.Delayed + 1 },
        RecipientState.Claimed => counts with { Claimed = counts.Claimed + 1 },
        RecipientState.Held => counts with { Held = counts.Held + 1 },
        _ => counts with { Done = counts.Done + 1 },
    };
}
