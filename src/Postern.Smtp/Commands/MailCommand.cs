using Postern.Smtp.Addresses;

namespace Postern.Smtp.Commands;

/// <summary>MAIL (RFC 5321 §4.1.1.2): begins a mail transaction.</summary>
public sealed record MailCommand(ReversePath Path, MailParameters Parameters) : SmtpCommand;
