using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Queue;
using Postern.Smtp.Headers;

namespace Postern.Server.Admission;

/// <summary>
/// The header lines put in front of a message at acceptance: Received (RFC 5321 §4.4), lines ordered by access tables,
/// and on submission channels the Date and Message-ID that a user's program left out (RFC 6409 §8).
/// </summary>
public static class MessageTrace
{
    /// <param name="header">the header block as received.</param>
    /// <param name="lists">the lists the copy goes through: they say how much of the envelope the Received field tells (RECEIVEDFOR, RECEIVEDFROM).</param>
    public static string Build(
        MailPolicy policy,
        SessionFacts facts,
        AcceptedSender sender,
        ImmutableArray<AcceptedRecipient> recipients,
        QueueId id,
        ReadOnlySpan<byte> header,
        DateTimeOffset now,
        ListPath? lists = null)
    {
        string localName = policy.Snapshot.Channels.Local.OfficialHost;
        (string? name, IPAddress? address) = facts.Connection.ShownBy(policy.Snapshot.Channels.FindByName(facts.Source.Current));
        StringBuilder block = new();
        block.Append(TraceHeader.Received(
            facts.HeloName ?? "",
            address,
            localName,
            extended: facts.Extended,
            tls: facts.Tls,
            authenticated: facts.AuthenticatedUser is not null,
            id.ToString(),
            recipients.Length == 1 && lists?.Lists.All(l => l.List.Parameters.ReceivedFor) != false ? recipients[0].Path.Mailbox.CanonicalText : null,
            now,
            name,
            lists?.Lists.Any(l => l.List.Parameters.ReceivedFrom) == true ? sender.EffectivePath.ToString() : null,
            sender.Parameters.SmtpUtf8));
        foreach (string line in recipients.Select(r => r.Decision).Prepend(sender.Decision)
            .SelectMany(d => d.AddedHeaders.IsDefault ? [] : d.AddedHeaders).Where(l => l.Length > 0).Distinct(StringComparer.Ordinal))
            block.Append(line).Append("\r\n");
        if (policy.Snapshot.Channels.FindByName(facts.Source.Initial)?.Submit == true)
        {
            if (HeaderScan.Count(header, "Date"u8) == 0)
                block.Append("Date: ").Append(TraceHeader.Date(now)).Append("\r\n");
            if (HeaderScan.Count(header, "Message-ID"u8) == 0)
                block.Append(CultureInfo.InvariantCulture, $"Message-ID: <{id}@{localName}>\r\n");
        }

        return block.ToString();
    }
}
