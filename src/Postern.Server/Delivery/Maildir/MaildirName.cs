using System.Text;

namespace Postern.Server.Delivery.Maildir;

/// <summary>
/// Turns the names of a mailbox into folders of the store. Names come from aliases and the directory, and the subaddress
/// from anybody; one that could leave the store is refused whoever wrote it.
/// </summary>
public static class MaildirName
{
    /// <summary>Octets of a file name on every Linux file system.</summary>
    private const int MaximumName = 255;

    /// <param name="relative"><c>domain/user</c>.</param>
    public static bool TryFolder(StoreMailbox mailbox, out string relative)
    {
        relative = "";
        if (!IsSafe(mailbox.User) || !IsSafe(mailbox.Domain)) return false;
        relative = Path.Combine(mailbox.Domain.ToLowerInvariant(), mailbox.User.ToLowerInvariant());
        return true;
    }

    /// <summary>The folder of a subaddress as Maildir++ names it, <c>.folder</c>; null for the inbox, where names that are no folder's go too.</summary>
    public static string? Subfolder(StoreMailbox mailbox) =>
        mailbox.Folder.Length < MaximumName && IsSafe(mailbox.Folder) && !mailbox.Folder.Contains("..", StringComparison.Ordinal) ? $".{mailbox.Folder}" : null;

    /// <summary>Whether a name can be one file name and nothing else.</summary>
    internal static bool IsSafe(string name) =>
        name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaximumName && name[0] != '.' && !name.Any(c => c is '/' or '\\' || char.IsControl(c));
}
