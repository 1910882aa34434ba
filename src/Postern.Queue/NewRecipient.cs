namespace Postern.Queue;

/// <summary>One recipient of a new message.</summary>
/// <param name="Host">the next hop, kept in lower case; recipients of a copy with one next hop are attempted together.</param>
/// <param name="OriginalRecipient">ORCPT of RFC 3461 §4.2, or the address the client gave; null when it says no more than <paramref name="Address"/>.</param>
/// <param name="Checked">the ORIG_ access tables have seen this recipient; a requeued message is not probed again.</param>
/// <param name="ShownAs">the address that notifications name instead; null for <paramref name="Address"/>.</param>
public sealed record NewRecipient(string Address, string Host, string? OriginalRecipient, DsnNotify Notify, bool Checked, string? ShownAs = null)
{
    /// <summary>Not null: there is nothing to deliver, only a report of that success is owed.</summary>
    public RecipientState? Reached { get; init; }
}
