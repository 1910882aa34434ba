using System.Collections.Immutable;
using Postern.Queue;
using Postern.Smtp.Addresses;

namespace Postern.Server.Delivery.Smtp;

/// <summary>The commands of one transaction, cut into what may be sent together.</summary>
internal static class EnvelopeCommands
{
    /// <summary>Octets sent before their replies are read: small against every system's buffers (RFC 2920 §4).</summary>
    private const int MaximumGroup = 4096;

    /// <summary>MAIL, a RCPT for each recipient, and DATA unless the content goes out in chunks.</summary>
    /// <param name="recipients">those of the copy that are named, by index.</param>
    /// <param name="smtpUtf8">addresses or header hold UTF-8.</param>
    public static ImmutableArray<string> Of(DeliveryAttempt attempt, EnvelopeParameters parameters, ImmutableArray<int> recipients, bool smtpUtf8)
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>(recipients.Length + 2);
        lines.Add($"MAIL FROM:<{attempt.Copy.ReversePath}>{parameters.OfMail(smtpUtf8)}");
        foreach (QueuedRecipient recipient in recipients.Select(i => attempt.Copy.Recipients[i]))
            lines.Add($"RCPT TO:<{OutgoingAddress(attempt, recipient.Address)}>{parameters.OfRcpt(recipient, smtpUtf8)}");
        if (!parameters.NeedsChunks) lines.Add("DATA");
        return lines.ToImmutable();
    }

    /// <summary>The lines from <paramref name="start"/> on that go out next: one, or with PIPELINING as many as fit.</summary>
    public static ImmutableArray<string> Group(ImmutableArray<string> lines, int start, bool together)
    {
        int end = start + 1;
        for (int length = lines[start].Length; together && end < lines.Length && (length += lines[end].Length + 2) <= MaximumGroup; end++)
        {
        }

        return lines[start..end];
    }

    /// <summary>
    /// The route has done its work once the next hop is chosen (<c>dequeueremoveroute</c>). The store behind LMTP knows its
    /// users by their addresses, not by the form that leads to our own Maildirs.
    /// </summary>
    public static string OutgoingAddress(DeliveryAttempt attempt, string address)
    {
        bool isStore = attempt.Channel.Name == StoreMailbox.Channel;
        if (!isStore && !(attempt.Channel.DequeueRemoveRoute && address.StartsWith('@'))) return address;
        if (AddressParser.Parse(address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) return address;
        return isStore ? StoreMailbox.Of(mailbox.Local.Value, attempt.Snapshot.DefaultDomain).ToMailbox().ToString() : (mailbox with { Route = [] }).ToString();
    }
}
