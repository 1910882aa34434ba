using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Headers;

/// <summary>
/// Writes the Received field of a message we accepted. INVARIANT: nothing a client said can end a line or open a comment.
/// </summary>
public static class TraceHeader
{
    private const string DateFormat = "ddd, dd MMM yyyy HH:mm:ss";

    /// <summary>The whole field with its folding and CRLF (RFC 5321 §4.4).</summary>
    /// <param name="helo">as the client gave it; "" when it gave none.</param>
    /// <param name="client">null when the mail did not come by TCP, or the address is not to be shown.</param>
    /// <param name="tls">protocol and cipher, or null in the clear.</param>
    /// <param name="smtpUtf8">the transaction was begun with SMTPUTF8.</param>
    /// <param name="originalSender">without angle brackets; null does not tell it.</param>
    /// <param name="forRecipient">without angle brackets; null hides the recipients from one another.</param>
    /// <param name="clientName">what reverse DNS says, or null.</param>
    public static string Received(
        string helo,
        IPAddress? client,
        string localName,
        bool extended,
        string? tls,
        bool authenticated,
        string id,
        string? forRecipient,
        DateTimeOffset now,
        string? clientName = null,
        string? originalSender = null,
        bool smtpUtf8 = false)
    {
        string? literal = client is null ? null : Literal(client);
        string? name = clientName is null ? null : Word(clientName);
        StringBuilder field = new("Received: from ");
        field.Append(helo.Length > 0 ? Word(helo) : literal ?? "unknown");
        if (name is not null || literal is not null) field.Append(" (").AppendJoin(' ', new[] { name, literal }.OfType<string>()).Append(')');
        field.Append("\r\n\tby ").Append(Word(localName)).Append(" with ").Append(Protocol(extended, tls is not null, authenticated, smtpUtf8));
        if (tls is not null) field.Append(" (").Append(Comment(tls)).Append(')');
        field.Append("\r\n\tid ").Append(Word(id));
        if (forRecipient is not null) field.Append("\r\n\tfor <").Append(PrintableText.Of(forRecipient)).Append('>');
        if (originalSender is not null) field.Append("\r\n\t(original mail from ").Append(Comment(originalSender)).Append(')');
        return field.Append(";\r\n\t").Append(Date(now)).Append("\r\n").ToString();
    }

    /// <summary>A date-time (RFC 5322 §3.3) with a numeric zone.</summary>
    public static string Date(DateTimeOffset time)
    {
        TimeSpan offset = time.Offset.Duration();
        char sign = time.Offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(
            CultureInfo.InvariantCulture, $"{time.ToString(DateFormat, CultureInfo.InvariantCulture)} {sign}{offset.Hours:00}{offset.Minutes:00}");
    }

    /// <summary>The registered names of RFC 3848 and RFC 6531 §4.3; there is none for TLS or AUTH after HELO.</summary>
    private static string Protocol(bool extended, bool tls, bool authenticated, bool smtpUtf8) =>
        extended ? $"{(smtpUtf8 ? "UTF8SMTP" : "ESMTP")}{(tls ? "S" : "")}{(authenticated ? "A" : "")}" : "SMTP";

    private static string Literal(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetwork ? $"[{address}]" : $"[IPv6:{address}]";
    }

    private static string Word(string text) => Masked(text, static c => c is > ' ' and <= '~' and not ('(' or ')' or '<' or '>' or ';' or '"' or '\\'));

    private static string Comment(string text) => Masked(text, static c => c is >= ' ' and <= '~' and not ('(' or ')' or '\\'));

    private static string Masked(string text, Func<char, bool> allowed) =>
        text.All(allowed) ? text : string.Concat(text.Select(c => allowed(c) ? c : '?'));
}
