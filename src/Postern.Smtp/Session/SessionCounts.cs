namespace Postern.Smtp.Session;

/// <summary>What a client did since it connected; STARTTLS and AUTH do not wipe it out (Administration Guide 6.3, 12.10.3).</summary>
/// <param name="Transactions">accepted MAIL commands.</param>
/// <param name="Recipients">RCPT commands, however they were answered.</param>
/// <param name="RefusedRecipients">RCPT commands that policy refused.</param>
public readonly record struct SessionCounts(int Transactions, int Recipients, int RefusedRecipients);
