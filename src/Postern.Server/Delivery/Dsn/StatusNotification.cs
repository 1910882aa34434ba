using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Net;
using System.Text;
using MimeKit;
using MimeKit.Utils;
using Postern.Queue;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Dsn;

/// <summary>
/// Builds the message that tells what became of a delivery: <c>multipart/report</c> of RFC 6522 with a
/// <c>message/delivery-status</c> part (RFC 3464) and the header of the original message, or all of it; where they hold UTF-8,
/// in the forms of RFC 6533.
/// </summary>
public static class StatusNotification
{
    /// <summary>No more of the original header than this is returned, in octets.</summary>
    public const int MaximumReturnedHeader = 64 * 1024;

    private const int LongestName = 255;

    /// <summary>A longer one does not fit into a line (RFC 5322 §2.1.1).</summary>
    private const int LongestMessageId = 900;

    /// <summary>Of a host name or an address literal.</summary>
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:[]");

    /// <param name="original">envelope of the message that is reported about.</param>
    /// <param name="originalHeader">its header block, raw; empty when it cannot be read.</param>
    /// <param name="whole">stands for the whole message, to be replaced by whoever writes the report; null returns the header only.</param>
    /// <param name="international">the reader takes UTF-8.</param>
    public static MimeMessage Build(
        NotificationKind kind,
        NotificationHead head,
        Envelope original,
        DateTimeOffset now,
        ImmutableArray<ReportedRecipient> recipients,
        ReadOnlyMemory<byte> originalHeader,
        string? whole = null,
        bool international = false)
    {
        MimeMessage message = new();
        message.From.Add(new MailboxAddress(head.FromName, head.FromAddress));

        // An envelope address need not be one that a header can hold, such as one with a source route.
        if (MailboxAddress.TryParse(head.Recipient, out MailboxAddress? to)) message.To.Add(to);
        else message.To.Add(new GroupAddress("undisclosed-recipients"));
        NotificationText words = new(head, originalHeader);
        message.Subject = words.Subject(kind);
        message.Date = now;
        message.MessageId = MimeUtils.GenerateMessageId(head.ReportingHost);
        message.Headers.Add(HeaderId.AutoSubmitted, "auto-replied");
        if (OriginalMessageId(originalHeader) is { } id) message.Headers.Add(HeaderId.References, id);

        MultipartReport report = new(international ? "global-delivery-status" : "delivery-status")
        {
            Text(words.Of(kind, recipients), international),
            Status(Groups(kind, head.ReportingHost, original, recipients, international), international),
            whole is null ? HeaderOnly(originalHeader, international) : Whole(whole, original, international),
        };
        message.Body = report;
        return message;
    }

    private static MimePart HeaderOnly(ReadOnlyMemory<byte> header, bool international) => new(international ? "message" : "text", international ? "global-headers" : "rfc822-headers")
    {
        Content = new MimeContent(new MemoryStream(header.ToArray(), writable: false)),
        ContentTransferEncoding = Ascii.IsValid(header.Span) ? ContentEncoding.SevenBit : international ? ContentEncoding.EightBit : ContentEncoding.QuotedPrintable,
    };

    /// <summary>A message inside a message is never encoded (RFC 2046 §5.2.1).</summary>
    private static MimePart Whole(string placeholder, Envelope original, bool international) => new("message", international ? "global" : "rfc822")
    {
        Content = new MimeContent(new MemoryStream(Encoding.ASCII.GetBytes(placeholder), writable: false)),
        ContentTransferEncoding = original.Body == BodyType.SevenBit && !international ? ContentEncoding.SevenBit : ContentEncoding.EightBit,
    };

    private static TextPart Text(string words, bool international)
    {
        TextPart part = new("plain") { Text = words };
        if (!Ascii.IsValid(words)) part.ContentTransferEncoding = international ? ContentEncoding.EightBit : ContentEncoding.QuotedPrintable;
        return part;
    }

    private static MimePart Status(IEnumerable<HeaderList> groups, bool international)
    {
        if (!international)
        {
            MessageDeliveryStatus status = new();
            foreach (HeaderList group in groups) status.StatusGroups.Add(group);
            return status;
        }

        FormatOptions options = FormatOptions.Default.Clone();
        options.NewLineFormat = NewLineFormat.Dos;
        options.International = true;
        MemoryStream text = new();
        foreach (HeaderList group in groups) group.WriteTo(options, text);
        text.Position = 0;
        return new MimePart("message", "global-delivery-status") { Content = new MimeContent(text), ContentTransferEncoding = ContentEncoding.EightBit };
    }

    private static IEnumerable<HeaderList> Groups(
        NotificationKind kind, string reportingHost, Envelope original, ImmutableArray<ReportedRecipient> recipients, bool international)
    {
        HeaderList perMessage = new();
        if (original.EnvelopeId is not null) perMessage.Add("Original-Envelope-Id", OneLine(original.EnvelopeId));
        perMessage.Add("Reporting-MTA", $"dns; {reportingHost}");
        if (ReceivedFrom(original) is { } source) perMessage.Add("Received-From-MTA", source);
        perMessage.Add("Arrival-Date", DateUtils.FormatDate(original.Received));
        yield return perMessage;
        foreach (ReportedRecipient failure in recipients)
        {
            HeaderList group = new();
            if (failure.OriginalRecipient is { } asked) group.Add("Original-Recipient", Address(asked, "", international));
            group.Add("Final-Recipient", Address(OriginalRecipientText.Of(failure.Address), " ", international));
            group.Add("Action", Action(kind));
            group.Add("Status", failure.Status.ToString());
            if (failure.RemoteHost is not null)
            {
                group.Add("Remote-MTA", $"dns; {OneLine(failure.RemoteHost)}");
                if (failure.Diagnostic.Length > 0) group.Add("Diagnostic-Code", $"smtp; {OneLine(failure.Diagnostic)}");
            }

            group.Add("Last-Attempt-Date", DateUtils.FormatDate(failure.LastAttempt));
            if (failure.RetryUntil is { } end) group.Add("Will-Retry-Until", DateUtils.FormatDate(end));
            yield return group;
        }
    }

    /// <summary>The name that the client gave itself, and its address (RFC 3464 §2.2.4); the address alone where the name is none. Null: there was no client.</summary>
    private static string? ReceivedFrom(Envelope original)
    {
        if (original.PortInformation.Split('|') is not ["TCP", _, _, var client, _] || !IPAddress.TryParse(client, out IPAddress? address)) return null;
        string name = original.ApplicationInformation[(original.ApplicationInformation.LastIndexOf('/') + 1)..];
        return name.Length is > 0 and <= LongestName && !name.AsSpan().ContainsAnyExcept(NameCharacters) ? $"dns; {name} ({address})" : $"dns; [{address}]";
    }

    /// <summary>The words of RFC 3464 §2.3.3.</summary>
    private static string Action(NotificationKind kind) => kind switch
    {
        NotificationKind.Failed => "failed",
        NotificationKind.Delayed => "delayed",
        NotificationKind.Delivered => "delivered",
        NotificationKind.Relayed => "relayed",
        NotificationKind.Expanded => "expanded",
        _ => throw new UnreachableException(),
    };

    private static string? OriginalMessageId(ReadOnlyMemory<byte> header)
    {
        using MemoryStream stream = new(header.ToArray(), writable: false);
        string? value = HeaderList.Load(stream)[HeaderId.MessageId];
        return value?.Trim() is { Length: > 0 and <= LongestMessageId } id ? OneLine(id) : null;
    }

    /// <param name="original"><c>type;address</c>.</param>
    private static string Address(string original, string gap, bool international)
    {
        string line = OneLine(original);
        int end = line.IndexOf(';', StringComparison.Ordinal) + 1;
        return line[..end] + gap + (OriginalRecipientText.IsInternational(line) ? Unitext.Encode(line[end..], international) : line[end..]);
    }

    private static string OneLine(string text) => PrintableText.Of(text, mask: ' ');
}
