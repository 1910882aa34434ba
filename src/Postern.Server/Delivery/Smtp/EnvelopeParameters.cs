using System.Globalization;
using System.Text;
using Postern.Queue;
using Postern.Smtp.Commands;

namespace Postern.Server.Delivery.Smtp;

/// <summary>What the parameters of MAIL and RCPT tell a next hop: as much of the envelope as its extensions can carry.</summary>
/// <param name="extensions">keywords of its EHLO reply.</param>
internal sealed class EnvelopeParameters(QueuedCopy copy, IReadOnlyDictionary<string, string> extensions)
{
    /// <summary>The host offers DSN, and with it takes over every report that is still to be made (RFC 3461 §5.2.1).</summary>
    public bool PassesReports { get; } = extensions.ContainsKey("DSN");

    /// <summary>The content goes out by BDAT (RFC 3030): it need not be made of lines, and the host takes that.</summary>
    public bool NeedsChunks { get; } = copy.Envelope.Body == BodyType.BinaryMime && extensions.ContainsKey("BINARYMIME") && extensions.ContainsKey("CHUNKING");

    /// <summary>The host takes content of the declared kind, whatever is in it.</summary>
    public bool CarriesBody => copy.Envelope.Body switch
    {
        BodyType.BinaryMime => NeedsChunks,
        BodyType.EightBitMime => extensions.ContainsKey("8BITMIME"),
        _ => true,
    };

    /// <summary>Octets of a message that the host takes (RFC 1870); null when it does not say.</summary>
    public long? LargestSize { get; } =
        extensions.TryGetValue("SIZE", out string? size) && long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out long octets) && octets > 0 ? octets : null;

    /// <summary>What SIZE tells: octets of the message, or somewhat more where the header is replaced.</summary>
    public long AnnouncedSize => copy.Size + (copy.HeaderBlock?.Length ?? 0);

    /// <summary>The host takes UTF-8 in addresses and header (RFC 6531).</summary>
    public bool TakesUtf8 { get; } = extensions.ContainsKey("SMTPUTF8");

    /// <summary>With a blank before each parameter.</summary>
    /// <param name="smtpUtf8">addresses or header hold UTF-8.</param>
    public string OfMail(bool smtpUtf8)
    {
        StringBuilder text = new();
        if (extensions.ContainsKey("SIZE")) text.Append(" SIZE=").Append(AnnouncedSize);
        if (NeedsChunks) text.Append(" BODY=BINARYMIME");
        else if (copy.Envelope.Body != BodyType.SevenBit && extensions.ContainsKey("8BITMIME")) text.Append(" BODY=8BITMIME");

        if (smtpUtf8) text.Append(" SMTPUTF8");

        // A list's mail goes out in the name of its owner, who gave neither (RFC 3461 §5.2.7.3).
        if (!PassesReports || copy.ReversePath != copy.Envelope.ReversePath) return text.ToString();
        if (copy.Envelope.Return != ReturnContent.Unspecified) text.Append(copy.Envelope.Return == ReturnContent.Full ? " RET=FULL" : " RET=HDRS");
        if (copy.Envelope.EnvelopeId is { } id) text.Append(" ENVID=").Append(Xtext.Encode(id));
        return text.ToString();
    }

    /// <inheritdoc cref="OfMail"/>
    public string OfRcpt(QueuedRecipient recipient, bool smtpUtf8)
    {
        if (!PassesReports) return "";
        StringBuilder text = new();
        DsnNotify notify = copy.ReversePath.Length == 0 ? DsnNotify.Never : recipient.Notify;
        if (notify != DsnNotify.None) text.Append(" NOTIFY=").AppendJoin(',', Words(notify));
        if (recipient.OriginalRecipient is { } original && original.IndexOf(';', StringComparison.Ordinal) > 0)
            text.Append(" ORCPT=").Append(OriginalRecipientText.Encode(original, smtpUtf8));
        return text.ToString();
    }

    private static IEnumerable<string> Words(DsnNotify notify)
    {
        if (notify.HasFlag(DsnNotify.Never)) yield return "NEVER";
        if (notify.HasFlag(DsnNotify.Success)) yield return "SUCCESS";
        if (notify.HasFlag(DsnNotify.Failure)) yield return "FAILURE";
        if (notify.HasFlag(DsnNotify.Delay)) yield return "DELAY";
    }
}
