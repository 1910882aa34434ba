using System.Text;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// A next hop's reply as logs, queue and notifications keep it: one line, however many the host wrote, and not more than fits
/// into one line of a header.
/// </summary>
internal static class ReplyText
{
    /// <summary>Octets in UTF-8. A line of a notification has room for it behind a date and the longest host name (RFC 5322 §2.1.1).</summary>
    public const int Longest = 600;

    private const string Cut = "...";

    public static string Of(SmtpReply reply) => Fit($"{reply.Code} {(reply.Enhanced is { } code ? $"{code} " : "")}{string.Join(' ', reply.Lines)}");

    /// <summary>Without the codes.</summary>
    public static string Words(SmtpReply reply) => Fit(string.Join(' ', reply.Lines));

    private static string Fit(string text)
    {
        if (text.Length <= Longest && Encoding.UTF8.GetByteCount(text) <= Longest) return text;
        StringBuilder kept = new(Longest);
        int left = Longest - Cut.Length;
        foreach (Rune rune in text.EnumerateRunes())
        {
            if ((left -= rune.Utf8SequenceLength) < 0) break;
            kept.Append(rune);
        }

        return kept.Append(Cut).ToString();
    }
}
