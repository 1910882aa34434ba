using System.Collections.Immutable;
using System.Text;
using MimeKit;
using MimeKit.Utils;

namespace Postern.Server.Delivery.Dsn;

/// <summary>
/// Builds the message that tells a sender what could not be delivered: <c>multipart/report</c> of RFC 6522 with a
/// <c>message/delivery-status</c> part (RFC 3464) and the header of the original message.
/// </summary>
public static class FailureNotification
{
    /// <summary>No more of the original header than this is returned, in octets.</summary>
    public const int MaximumReturnedHeader = 64 * 1024;

    /// <param name="reportingHost">our own name, the official host of channel <c>l</c>.</param>
    /// <param name="originalHeader">header block of the undeliverable message, raw.</param>
    public static MimeMessage Build(
        string reportingHost,
        string returnAddress,
        string recipient,
        string? envelopeId,
        DateTimeOffset arrival,
        DateTimeOffset now,
        ImmutableArray<FailedRecipient> failures,
        ReadOnlyMemory<byte> originalHeader)
    {
        MimeMessage message = new();
        message.From.Add(new MailboxAddress("Mail Delivery System", returnAddress));
        message.To.Add(MailboxAddress.Parse(recipient));
        message.Subject = "Undelivered mail returned to sender";
        message.Date = now;
        message.MessageId = MimeUtils.GenerateMessageId(reportingHost);
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-replied");
        if (OriginalMessageId(originalHeader) is { } id) message.Headers.Add(HeaderId.References, id);

        MultipartReport report = new("delivery-status")
        {
            new TextPart("plain") { Text = Text(reportingHost, failures) },
            Status(reportingHost, envelopeId, arrival, failures),
            new MimePart("text", "rfc822-headers")
            {
                Content = new MimeContent(new MemoryStream(originalHeader.ToArray(), writable: false)),
                ContentTransferEncoding = NeedsEncoding(originalHeader.Span) ? ContentEncoding.QuotedPrintable : ContentEncoding.SevenBit,
            },
        };
        message.Body = report;
        return message;
    }

    private static string Text(string reportingHost, ImmutableArray<FailedRecipient> failures)
    {
        StringBuilder text = new();
        text.Append("This is the mail system at ").Append(reportingHost).Append(".\n\n")
            .Append("Your message could not be delivered to the recipients below. It will not be tried again.\n\n");
        foreach (FailedRecipient failure in failures)
        {
            text.Append("  ").Append(failure.Address).Append('\n');
            if (failure.RemoteHost is not null) text.Append("    ").Append(failure.RemoteHost).Append(" answered:\n");
            text.Append("    ").Append(failure.Diagnostic.Replace("\n", "\n    ", StringComparison.Ordinal)).Append("\n\n");
        }

        return text.ToString();
    }

    private static MessageDeliveryStatus Status(
        string reportingHost, string? envelopeId, DateTimeOffset arrival, ImmutableArray<FailedRecipient> failures)
    {
        MessageDeliveryStatus status = new();
        HeaderList perMessage = new();
        if (envelopeId is not null) perMessage.Add("Original-Envelope-Id", OneLine(envelopeId));
        perMessage.Add("Reporting-MTA", $"dns; {reportingHost}");
        perMessage.Add("Arrival-Date", DateUtils.FormatDate(arrival));
        status.StatusGroups.Add(perMessage);
        foreach (FailedRecipient failure in failures)
        {
            HeaderList group = new();
            if (failure.OriginalRecipient is not null) group.Add("Original-Recipient", OneLine(failure.OriginalRecipient));
            group.Add("Final-Recipient", $"rfc822; {OneLine(failure.Address)}");
            group.Add("Action", "failed");
            group.Add("Status", failure.Status.ToString());
            if (failure.RemoteHost is not null)
            {
                group.Add("Remote-MTA", $"dns; {OneLine(failure.RemoteHost)}");
                group.Add("Diagnostic-Code", $"smtp; {OneLine(failure.Diagnostic)}");
            }

            group.Add("Last-Attempt-Date", DateUtils.FormatDate(failure.LastAttempt));
            status.StatusGroups.Add(group);
        }

        return status;
    }

    private static string? OriginalMessageId(ReadOnlyMemory<byte> header)
    {
        using MemoryStream stream = new(header.ToArray(), writable: false);
        string? value = HeaderList.Load(stream)[HeaderId.MessageId];
        return value is null ? null : OneLine(value.Trim());
    }

    private static bool NeedsEncoding(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF) >= 0;

    private static string OneLine(string text) => string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c));
}
