using Postern.Policy.Access;
using Postern.Queue;
using Postern.Smtp.Addresses;

namespace Postern.Server.Admission;

/// <summary>A RCPT command that policy accepted, with what it becomes.</summary>
/// <param name="Checked">it comes back from the queue with that mark, and keeps it.</param>
/// <param name="Notify">when its sender wants to be told.</param>
public sealed record AcceptedRecipient(ForwardPath Path, Decision Decision, bool Checked = false, DsnNotify Notify = DsnNotify.None);
