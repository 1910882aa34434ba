using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Maildir;

/// <summary>The channel <c>ims-ms</c>: the message store, a Maildir for each user, one message file a recipient.</summary>
public sealed class MaildirDelivery(MaildirStore store) : IDeliveryAgent
{
    private static readonly EnhancedCode NoSuchMailbox = new(5, 1, 1);
    private static readonly EnhancedCode MailboxFull = new(4, 2, 2);

    public async Task<RecipientOutcome> DeliverAsync(
        DeliveryAttempt attempt, QueuedRecipient recipient, string localPart, ReadOnlyMemory<byte> trace, CancellationToken cancellationToken)
    {
        PosternOptions options = attempt.Snapshot.Options;
        StoreMailbox mailbox = StoreMailbox.Of(localPart, attempt.Snapshot.DefaultDomain);
        if (!MaildirName.TryFolder(mailbox, out string folder))
            return new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.Store, NoSuchMailbox, $"\"{recipient.Address}\" names no mailbox"));
        try
        {
            await store.DeliverAsync(
                folder,
                MaildirName.Subfolder(mailbox),
                new MailboxQuota(options.MailboxQuota, options.MessageQuota),
                async (file, ct) =>
                {
                    await file.WriteAsync(trace, ct);
                    await using Stream message = await attempt.OpenMessage(ct);
                    await message.CopyToAsync(file, ct);
                },
                cancellationToken);
            return new RecipientOutcome.Delivered($"stored in {folder}");
        }
        catch (MailboxFullException e)
        {
            // Kept and tried again, as the family's store does: room is made more often than a sender writes twice.
            return new RecipientOutcome.Deferred(new DeliveryFault(DeliveryPhase.Store, MailboxFull, e.Message), HostFault: false);
        }
    }
}
