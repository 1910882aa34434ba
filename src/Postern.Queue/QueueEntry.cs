namespace Postern.Queue;

/// <summary>One line of a queue listing: a recipient of a copy.</summary>
/// <param name="Key">the store's own name of it.</param>
/// <param name="Client">the client as the PORT_ACCESS probe spells it.</param>
/// <param name="Size">octets of content as received, shared by all copies.</param>
/// <param name="Attempts">delivery attempts made.</param>
/// <param name="Next">when it falls due; of use only while <paramref name="State"/> is queued.</param>
/// <param name="LastReply">null before the first recorded attempt.</param>
/// <param name="HoldReason">null unless held.</param>
public sealed record QueueEntry(
    RecipientKey Key,
    QueueId Id,
    string Channel,
    string Host,
    RecipientState State,
    long Size,
    DateTimeOffset Received,
    int Attempts,
    DateTimeOffset Next,
    string ReversePath,
    string Recipient,
    string? LastReply,
    string? HoldReason,
    string Client);
