using System.Security.Cryptography;
using System.Text;
using Postern.Policy.Configuration;
using Postern.Smtp.Headers;
using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

/// <summary>
/// What can be said about a posting only when its content is there: its true size and lines, its password, and whether it
/// has been through the list before. A refusal concerns the list, not the other recipients of the message.
/// </summary>
public static class ListContentCheck
{
    private static readonly ExpansionFault NotApproved = new(550, new EnhancedCode(5, 7, 1), "the list asks for a password that the message does not show");

    /// <returns>the outermost list that does not take the content, or null when all do.</returns>
    public static ListObjection? Check(ListPath path, ListContent content, ConfigurationSnapshot snapshot)
    {
        foreach (ListPath list in path.Lists)
        {
            ListParameters rules = list.List.Parameters;
            if (rules.BlockLimit is { } blocks && PostingCheck.Blocks(content.Size) > blocks) return new ListObjection.Refusal(list, PostingCheck.TooLarge);
            if (rules.LineLimit is { } lines && content.Lines > lines) return new ListObjection.Refusal(list, PostingCheck.TooLarge);
            if (!rules.Passwords.IsEmpty && !ShowsPassword(rules, content)) return new ListObjection.Refusal(list, NotApproved);
            if (ListHeader.IsLoop(content.Header, list, snapshot)) return new ListObjection.Hold(list, "list-loop");
        }

        return null;
    }

    private static bool ShowsPassword(ListParameters rules, ListContent content) => HeaderEditor.Values(content.Header, "Approved")
        .Any(shown => rules.Passwords.Any(p => CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(p), Encoding.UTF8.GetBytes(shown))));
}
