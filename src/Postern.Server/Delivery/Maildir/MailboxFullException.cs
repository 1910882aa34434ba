namespace Postern.Server.Delivery.Maildir;

/// <summary>The mailbox has no room for the message; nothing was delivered.</summary>
public sealed class MailboxFullException(string folder) : Exception($"mailbox {folder} is full");
