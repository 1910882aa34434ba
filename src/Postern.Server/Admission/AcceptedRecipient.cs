using Postern.Policy.Access;
using Postern.Smtp.Addresses;

namespace Postern.Server.Admission;

/// <summary>A RCPT command that policy accepted, with what it becomes.</summary>
public sealed record AcceptedRecipient(ForwardPath Path, Decision Decision);
