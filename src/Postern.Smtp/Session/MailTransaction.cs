namespace Postern.Smtp.Session;

/// <summary>A mail transaction as far as the dialogue needs it (RFC 5321 §3.3): policy and queue know the rest.</summary>
/// <param name="AcceptedRecipients">RCPT commands that were answered positively.</param>
/// <param name="LaterDelay">waited before every further reply of this transaction.</param>
/// <param name="PresentedRecipients">RCPT commands, however they were answered.</param>
public sealed record MailTransaction(int AcceptedRecipients, TimeSpan LaterDelay, int PresentedRecipients = 0, ChunkStage Chunks = ChunkStage.None);
