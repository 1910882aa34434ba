using System.Text;

namespace Postern.Server.Delivery.Maildir;

/// <summary>
/// Turns the address of a store recipient into the folder of its Maildir. Names come from aliases and the directory,
/// but a name that could leave the store is refused whoever wrote it.
/// </summary>
public static class MaildirName
{
    /// <summary>Octets of a file name on every Linux file system.</summary>
    private const int MaximumName = 255;

    /// <param name="localPart">as in <c>local-part[%domain][+folder]@ims-ms-daemon</c>, quotes removed.</param>
    /// <param name="defaultDomain">the domain of a local part without <c>%domain</c>.</param>
    /// <param name="relative"><c>domain/local-part</c>.</param>
    public static bool TryFolder(string localPart, string defaultDomain, out string relative)
    {
        relative = "";
        int percent = localPart.LastIndexOf('%');
        string user = WithoutFolder(percent < 0 ? localPart : localPart[..percent]);
        string domain = WithoutFolder(percent < 0 ? defaultDomain : localPart[(percent + 1)..]);
        if (!IsSafe(user) || !IsSafe(domain)) return false;
        relative = System.IO.Path.Combine(domain.ToLowerInvariant(), user.ToLowerInvariant());
        return true;
    }

    private static string WithoutFolder(string name) => name.IndexOf('+', StringComparison.Ordinal) is var plus and > 0 ? name[..plus] : name;

    private static bool IsSafe(string name) =>
        name.Length > 0 && Encoding.UTF8.GetByteCount(name) <= MaximumName && name[0] != '.' && !name.Any(c => c is '/' or '\\' || char.IsControl(c));
}
