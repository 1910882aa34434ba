using System.Collections.Immutable;
using System.IO.Enumeration;

namespace Postern.Queue;

/// <summary>Which recipients a listing shows or an operator means; what is null or empty does not restrict.</summary>
public sealed record QueueFilter
{
    /// <summary>Messages by name.</summary>
    public ImmutableArray<QueueId> Ids { get; init; } = [];

    /// <summary>Destination channel, letter case ignored.</summary>
    public string? Channel { get; init; }

    /// <summary>Next hop, letter case ignored.</summary>
    public string? Host { get; init; }

    public RecipientState? State { get; init; }

    /// <summary>Whether an attempt was made before now.</summary>
    public bool? Tried { get; init; }

    /// <summary>Reverse-path of the copy, <c>*</c> for any text, letter case ignored; "" is the null path.</summary>
    public string? ReversePath { get; init; }

    /// <summary>Recipient, <c>*</c> for any text, letter case ignored.</summary>
    public string? Recipient { get; init; }

    /// <summary>Text that stands in the last reply or in the reason of a hold, letter case ignored.</summary>
    public string? LastReply { get; init; }

    /// <summary>Only messages received before this instant.</summary>
    public DateTimeOffset? ReceivedBefore { get; init; }

    /// <summary>Only messages received at or after this instant.</summary>
    public DateTimeOffset? ReceivedSince { get; init; }

    /// <summary>Only copies up to this number: what came in since a preview is left out.</summary>
    public long? LastCopy { get; init; }

    /// <summary>At most so many entries; 0 or less lists nothing.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>The one meaning of the filter; stores may skip by index what it would refuse, but not more.</summary>
    internal bool Matches(QueueEntry entry) =>
        (Ids.IsDefaultOrEmpty || Ids.Contains(entry.Id))
        && (Channel is null || string.Equals(entry.Channel, Channel, StringComparison.OrdinalIgnoreCase))
        && (Host is null || string.Equals(entry.Host, Host, StringComparison.OrdinalIgnoreCase))
        && (State is null || entry.State == State)
        && (Tried is null || entry.Attempts > 0 == Tried)
        && IsLike(ReversePath, entry.ReversePath)
        && IsLike(Recipient, entry.Recipient)
        && (LastReply is null || Contains(entry.LastReply) || Contains(entry.HoldReason))
        && (ReceivedBefore is null || entry.Received < ReceivedBefore)
        && (ReceivedSince is null || entry.Received >= ReceivedSince)
        && (LastCopy is null || entry.Key.CopyId <= LastCopy);

    /// <summary>For the system call's matcher a backslash escapes and a question mark is any character; here both are themselves.</summary>
    private static bool IsLike(string? pattern, string text) =>
        pattern is null
        || (pattern.Contains('*', StringComparison.Ordinal)
            ? FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("?", "\\?", StringComparison.Ordinal), text)
            : string.Equals(pattern, text, StringComparison.OrdinalIgnoreCase));

    private bool Contains(string? text) => text is not null && text.Contains(LastReply!, StringComparison.OrdinalIgnoreCase);
}
