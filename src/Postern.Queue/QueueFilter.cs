using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>
/// Which recipients a listing shows or an operator means; what is null or empty does not restrict. All of it must hold, but see <see cref="MatchesAny"/>.
/// </summary>
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

    /// <summary>What the content must be like.</summary>
    public ContentTest? Content { get; init; }

    /// <summary>One is enough of <see cref="ReversePath"/>, <see cref="Recipient"/>, <see cref="LastReply"/> and <see cref="Content"/>; the rest must hold all the same.</summary>
    public bool MatchesAny { get; init; }

    /// <summary>Only messages received before this instant.</summary>
    public DateTimeOffset? ReceivedBefore { get; init; }

    /// <summary>Only messages received at or after this instant.</summary>
    public DateTimeOffset? ReceivedSince { get; init; }

    /// <summary>Only copies up to this number: what came in since a preview is left out.</summary>
    public long? LastCopy { get; init; }

    /// <summary>At most so many entries; 0 or less lists nothing.</summary>
    public int Limit { get; init; } = int.MaxValue;

    /// <summary>The one meaning of the filter; stores may skip by index what it would refuse, but not more.</summary>
    /// <returns>null: the content decides.</returns>
    internal bool? Matches(QueueEntry entry)
    {
        bool isInPlace = (Ids.IsDefaultOrEmpty || Ids.Contains(entry.Id))
            && (Channel is null || string.Equals(entry.Channel, Channel, StringComparison.OrdinalIgnoreCase))
            && (Host is null || string.Equals(entry.Host, Host, StringComparison.OrdinalIgnoreCase))
            && (State is null || entry.State == State)
            && (Tried is null || entry.Attempts > 0 == Tried)
            && (ReceivedBefore is null || entry.Received < ReceivedBefore)
            && (ReceivedSince is null || entry.Received >= ReceivedSince)
            && (LastCopy is null || entry.Key.CopyId <= LastCopy);
        if (!isInPlace) return false;
        bool?[] words = [Like(ReversePath, entry.ReversePath), Like(Recipient, entry.Recipient), LastReply is null ? null : Contains(entry.LastReply) || Contains(entry.HoldReason)];
        if (!MatchesAny) return Array.IndexOf(words, false) >= 0 ? false : Content is null ? true : null;
        if (Array.IndexOf(words, true) >= 0) return true;
        return Content is null ? Array.IndexOf(words, false) < 0 : null;
    }

    private static bool? Like(string? pattern, string text) => pattern is null ? null : TextPattern.Matches(pattern, text);

    private bool Contains(string? text) => text is not null && text.Contains(LastReply!, StringComparison.OrdinalIgnoreCase);
}
