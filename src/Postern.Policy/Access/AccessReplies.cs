using System.Text;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>The replies of access checks (Technical Reference, "Access errors MTA option", "Error text MTA options").</summary>
/// <param name="tellsAccess">option <c>access_errors</c>: a rejection without text admits that access rules exist.</param>
internal sealed class AccessReplies(bool tellsAccess)
{
    private const int LongestText = 400;
    private const string NotAllowed = "you are not allowed to use this address";

    private static readonly EnhancedCode Denied = new(5, 7, 1);

    public static SmtpReply SenderAccepted { get; } = new(250, "2.1.0", "sender ok");

    public static SmtpReply RecipientAccepted { get; } = new(250, "2.1.5", "recipient ok");

    /// <summary>VRFY with something that is no address.</summary>
    public static SmtpReply NotVerifiable { get; } = new(501, "5.1.3", "bad address syntax");

    /// <summary>What was announced of the message is over the <c>blocklimit</c> of every channel it would leave by.</summary>
    public static SmtpReply TooLarge { get; } = new(552, "5.3.4", "message size exceeds the limit");

    /// <summary>A table that cannot answer now: never "no match".</summary>
    public static SmtpReply CannotTell { get; } = new(451, "4.3.0", "temporary access check failure");

    public static SmtpReply Verified(Mailbox mailbox) => new(250, "2.1.5", $"<{Clean(mailbox.ToString())}>");

    public SmtpReply Recipient(AccessAnswer answer, string given) =>
        Rejection(answer, tellsAccess ? NotAllowed : "unknown host or domain", given);

    /// <param name="given">"" is the null reverse-path.</param>
    public static SmtpReply Sender(AccessAnswer answer, string given) => Rejection(answer, NotAllowed, given.Length == 0 ? "<>" : given);

    /// <summary>A reply about an address, the address as the client wrote it.</summary>
    public static SmtpReply About(EnhancedCode status, string text, string given) =>
        About(status.Class != 4 ? 550 : status.Subject is 0 or 3 ? 451 : 450, status, text, given);

    public static SmtpReply About(int code, EnhancedCode status, string text, string given) =>
        new(code, status, [$"{Clean(text)}: {Clean(given)}"]);

    private static SmtpReply Rejection(AccessAnswer answer, string defaultText, string given) =>
        About(answer.Status ?? Denied, answer.Text.Length == 0 ? defaultText : answer.Text, given);

    /// <summary>Without control characters, at most <see cref="LongestText"/> octets of UTF-8.</summary>
    public static string Clean(string text)
    {
        if (text.Length <= LongestText && !text.AsSpan().ContainsAnyExceptInRange(' ', '~')) return text;
        string printable = text.Any(char.IsControl) ? string.Concat(text.Where(c => !char.IsControl(c))) : text;
        if (Encoding.UTF8.GetByteCount(printable) <= LongestText) return printable;
        int octets = 0;
        StringBuilder cut = new();
        foreach (Rune rune in printable.EnumerateRunes())
        {
            octets += rune.Utf8SequenceLength;
            if (octets > LongestText) break;
            cut.Append(rune.ToString());
        }

        return cut.ToString();
    }
}
