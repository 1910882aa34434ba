using System.Collections.Immutable;
using System.Text;
using Postern.Queue;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Maildir;

/// <summary>The channel <c>ims-ms</c>: final delivery into Maildirs, one message file a recipient.</summary>
public sealed class MaildirDelivery(MaildirStore store) : IDeliveryChannel
{
    private static readonly EnhancedCode NoSuchMailbox = new(5, 1, 1);
    private static readonly EnhancedCode Loop = new(5, 4, 6);
    private static readonly EnhancedCode StoreTrouble = new(4, 3, 0);

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        ImmutableArray<RecipientOutcome>.Builder outcomes = ImmutableArray.CreateBuilder<RecipientOutcome>(attempt.Copy.Recipients.Length);
        HashSet<string> deliveredTo;
        try
        {
            await using Stream message = await attempt.OpenMessage(cancellationToken);
            HeaderFields header = await HeaderFields.ReadAsync(message, cancellationToken);
            deliveredTo = header.Values("Delivered-To").ToHashSet(StringComparer.OrdinalIgnoreCase);
        }
        catch (QueueReadException e)
        {
            return [.. attempt.Copy.Recipients.Select(_ => Trouble(e))];
        }

        foreach (QueuedRecipient recipient in attempt.Copy.Recipients)
            outcomes.Add(await DeliverOneAsync(attempt, recipient, deliveredTo, cancellationToken));
        return outcomes.MoveToImmutable();
    }

    private async Task<RecipientOutcome> DeliverOneAsync(
        DeliveryAttempt attempt, QueuedRecipient recipient, HashSet<string> deliveredTo, CancellationToken cancellationToken)
    {
        string localPart = AddressParser.Parse(recipient.Address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }
            ? mailbox.Local.Value
            : "";
        if (!MaildirName.TryFolder(localPart, attempt.Snapshot.DefaultDomain, out string folder))
            return new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.Store, NoSuchMailbox, $"\"{recipient.Address}\" names no mailbox"));
        string name = OneLine(recipient.OriginalRecipient ?? recipient.Address);

        // It was in this mailbox before: whatever sends it round would do so again.
        if (deliveredTo.Contains(name))
            return new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.Store, Loop, $"mail loop: \"{name}\" had this message before"));
        try
        {
            byte[] headers = Encoding.UTF8.GetBytes($"Return-Path: <{OneLine(attempt.Copy.ReversePath)}>\r\nDelivered-To: {name}\r\n");
            await store.DeliverAsync(
                folder,
                async (file, ct) =>
                {
                    await file.WriteAsync(headers, ct);
                    await using Stream message = await attempt.OpenMessage(ct);
                    await message.CopyToAsync(file, ct);
                },
                cancellationToken);
            return new RecipientOutcome.Delivered($"stored in {folder}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Trouble(e);
        }
    }

    private static RecipientOutcome.Deferred Trouble(Exception e) =>
        new(new DeliveryFault(DeliveryPhase.Store, StoreTrouble, e.Message), HostFault: false);

    private static string OneLine(string text)
    {
        string address = text.StartsWith("rfc822;", StringComparison.OrdinalIgnoreCase) ? text[7..] : text;
        return PrintableText.Of(address);
    }
}
