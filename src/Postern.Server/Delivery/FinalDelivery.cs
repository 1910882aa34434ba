using System.Collections.Immutable;
using System.Text;
using Postern.Queue;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>
/// A channel whose mail ends here, one recipient after the other. The agent gets the lines <c>Return-Path</c> (RFC 5321 §4.4)
/// and <c>Delivered-To</c>; mail that has such a line for its recipient already goes in circles and is returned.
/// </summary>
public sealed class FinalDelivery(IDeliveryAgent agent) : IDeliveryChannel
{
    private static readonly EnhancedCode Loop = new(5, 4, 6);
    private static readonly EnhancedCode Trouble = new(4, 3, 0);

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
            return [.. attempt.Copy.Recipients.Select(_ => Again(e))];
        }

        foreach (QueuedRecipient recipient in attempt.Copy.Recipients)
            outcomes.Add(await DeliverOneAsync(attempt, recipient, deliveredTo, cancellationToken));
        return outcomes.MoveToImmutable();
    }

    private async Task<RecipientOutcome> DeliverOneAsync(
        DeliveryAttempt attempt, QueuedRecipient recipient, HashSet<string> deliveredTo, CancellationToken cancellationToken)
    {
        string name = OneLine(recipient.OriginalRecipient ?? recipient.Address);
        if (deliveredTo.Contains(name))
            return new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.Store, Loop, $"mail loop: \"{name}\" had this message before"));
        string localPart = AddressParser.Parse(recipient.Address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox.Local.Value : "";
        byte[] trace = Encoding.UTF8.GetBytes($"Return-Path: <{OneLine(attempt.Copy.ReversePath)}>\r\nDelivered-To: {name}\r\n");
        try
        {
            return await agent.DeliverAsync(attempt, recipient, localPart, trace, cancellationToken);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return Again(e);
        }
    }

    private static RecipientOutcome.Deferred Again(Exception e) => new(new DeliveryFault(DeliveryPhase.Store, Trouble, e.Message), HostFault: false);

    private static string OneLine(string text) => PrintableText.Of(OriginalRecipientText.AddressOf(text));
}
