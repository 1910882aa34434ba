using Postern.Smtp.Replies;

namespace Postern.Smtp.Session;

/// <summary>What policy said of a sender or recipient, as far as the dialogue needs it.</summary>
/// <param name="Delay">waited before the reply is sent.</param>
/// <param name="DelayLater">the delay also goes before every later reply of this transaction (a positive <c>$D</c>).</param>
public sealed record EnvelopeAnswer(SmtpReply Reply, TimeSpan Delay = default, bool DelayLater = false);
