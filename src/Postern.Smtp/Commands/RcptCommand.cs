using Postern.Smtp.Addresses;

namespace Postern.Smtp.Commands;

/// <summary>RCPT (RFC 5321 §4.1.1.3): names one recipient.</summary>
public sealed record RcptCommand(ForwardPath Path, RcptParameters Parameters) : SmtpCommand;
