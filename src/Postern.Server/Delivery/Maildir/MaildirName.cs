namespace Postern.Server.Delivery.Maildir;

/// <summary>
/// Turns the address of a store recipient into the folder of its Maildir. Names come from aliases and the directory,
/// but a name that could leave the store is refused whoever wrote it.
/// </summary>
public static class MaildirName
{
    /// <param name="localPart">as in <c>local-part[%domain][+folder]@ims-ms-daemon</c>, quotes removed.</param>
    /// <param name="defaultDomain">the domain of a local part without <c>%domain</c>.</param>
    /// <param name="relative"><c>domain/local-part</c>.</param>
    public static bool TryFolder(string localPart, string defaultDomain, out string relative)
    {
        relative = "";
        int percent = localPart.LastIndexOf('%');
        string user = percent < 0 ? localPart : localPart[..percent];
        string domain = percent < 0 ? defaultDomain : localPart[(percent + 1)..];
        int plus = user.IndexOf('+', StringComparison.Ordinal);
        if (plus > 0) user = user[..plus];
        int domainPlus = domain.IndexOf('+', StringComparison.Ordinal);
        if (domainPlus > 0) domain = domain[..domainPlus];
        if (!IsSafe(user) || !IsSafe(domain)) return false;
        relative = System.IO.Path.Combine(domain.ToLowerInvariant(), user.ToLowerInvariant());
        return true;
    }

    private static bool IsSafe(string name) =>
        name.Length is > 0 and <= 255 && name[0] != '.' && !name.Any(c => c is '/' or '\\' || char.IsControl(c));
}
