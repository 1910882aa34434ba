namespace Postern.Server.Delivery.Maildir;

/// <summary>How much a mailbox may hold; null is no limit (DEFAULT_MAILBOX_QUOTA, DEFAULT_MESSAGE_QUOTA).</summary>
public sealed record MailboxQuota(long? Octets, long? Messages)
{
    public bool IsUnlimited => Octets is null && Messages is null;
}
