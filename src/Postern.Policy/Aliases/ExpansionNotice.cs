using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>A notification of success that is owed because an alias ends what the sender asked to hear about (RFC 3461 §5.2.7).</summary>
/// <param name="Kind">the action it reports.</param>
/// <param name="Address">the group or list.</param>
/// <param name="OriginalRecipient">ORCPT as the client gave it, or null.</param>
/// <param name="To">the envelope From before the alias.</param>
public sealed record ExpansionNotice(ExpansionNoticeKind Kind, Mailbox Address, string? OriginalRecipient, string To);
