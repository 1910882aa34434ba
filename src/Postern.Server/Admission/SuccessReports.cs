using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;
using Postern.Queue;

namespace Postern.Server.Admission;

/// <summary>
/// The reports of success that a message owes as soon as it is queued: a group or list ended what the sender asked to hear about
/// (RFC 3461 §5.2.7). Each is queued with the message as a recipient that is final already, so that no crash forgets it.
/// </summary>
public static class SuccessReports
{
    public static IEnumerable<NewCopy> Owed(ImmutableArray<AcceptedRecipient> recipients) =>
        from accepted in recipients
        where accepted.Decision.Verdict != Verdict.Discard && !accepted.Decision.Notices.IsDefault
        from notice in accepted.Decision.Notices
        where notice.To.Length > 0
        select new NewCopy(
            ChannelName.Local.ToString(),
            notice.To,
            ReadOnlyMemory<byte>.Empty,
            HoldReason: null,
            [new NewRecipient(notice.Address.ToString(), "", notice.OriginalRecipient, DsnNotify.Success, Checked: true) { Reached = StateOf(notice.Kind) }]);

    private static RecipientState StateOf(ExpansionNoticeKind kind) =>
        kind == ExpansionNoticeKind.Expanded ? RecipientState.Expanded : RecipientState.Delivered;
}
