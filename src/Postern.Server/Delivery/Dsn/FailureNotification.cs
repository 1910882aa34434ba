using System.Collections.Immutable;
using System.Text;
using MimeKit;
using MimeKit.Utils;
using Postern.Queue;
using Postern.Smtp.Replies;

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
    /// <param name="returnAddress">what the notification is from; its envelope From is null.</param>
    /// <param name="original">envelope of the undeliverable message.</param>
    /// <param name="originalHeader">header block of the undeliverable message, raw; empty when it cannot be read.</param>
    public static MimeMessage Build(
        string reportingHost,
        string returnAddress,
        string recipient,
        Envelope original,
        DateTimeOffset now,
        ImmutableArray<FailedRecipient> failures,
        ReadOnlyMemory<byte> originalHeader)
    {
        MimeMessage message = new();
        message.From.Add(new MailboxAddress("Mail Delivery System", returnAddress));

        // An envelope address need not be one that a header can hold, such as one with a source route.
        if (MailboxAddress.TryParse(recipient, out MailboxAddress? to)) message.To.Add(to);
        else message.To.Add(new GroupAddress("undisclosed-recipients"));
        message.Subject = "Undelivered mail returned to sender";
        message.Date = now;
        message.MessageId = MimeUtils.GenerateMessageId(reportingHost);
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-replied");
        if (OriginalMessageId(originalHeader) is { } id) message.Headers.Add(HeaderId.References, id);

        MultipartReport report = new("delivery-status")
        {
            new TextPart("plain") { Text = Text(reportingHost, failures) },
            Status(reportingHost, original, failures),
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
        string reportingHost, Envelope original, ImmutableArray<FailedRecipient> failures)
    {
        MessageDeliveryStatus status = new();
        HeaderList perMessage = new();
        if (original.EnvelopeId is not null) perMessage.Add("Original-Envelope-Id", OneLine(original.EnvelopeId));
        perMessage.Add("Reporting-MTA", $"dns; {reportingHost}");
        perMessage.Add("Arrival-Date", DateUtils.FormatDate(original.Received));
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

    private static string OneLine(string text) => PrintableText.Of(text, mask: ' ');
}
