using Postern.Policy.Channels;
using Postern.Smtp.Addresses;

namespace Postern.Server.Delivery;

/// <summary>The mailbox that an address of the channel <c>ims-ms</c> names.</summary>
/// <param name="Folder">the subaddress without its <c>+</c>; "" for none.</param>
public readonly record struct StoreMailbox(string User, string Folder, string Domain)
{
    public static ChannelName Channel { get; } = new("ims-ms");

    /// <param name="localPart">as in <c>local-part[+folder][%domain]@ims-ms-daemon</c>, quotes removed.</param>
    /// <param name="defaultDomain">the domain of a local part without <c>%domain</c>.</param>
    public static StoreMailbox Of(string localPart, string defaultDomain)
    {
        int percent = localPart.LastIndexOf('%');
        (string user, string folder) = Split(percent < 0 ? localPart : localPart[..percent]);
        if (percent < 0) return new StoreMailbox(user, folder, defaultDomain);
        (string domain, string behind) = Split(localPart[(percent + 1)..]);
        return new StoreMailbox(user, folder.Length > 0 ? folder : behind, domain);
    }

    /// <summary>The address that other mail stores know it by, <c>user[+folder]@domain</c>.</summary>
    public Mailbox ToMailbox() =>
        new(new LocalPart(Folder.Length > 0 ? $"{User}+{Folder}" : User, WasQuoted: false), new MailDomain.Name(Domain, Domain.ToLowerInvariant()));

    private static (string Name, string Folder) Split(string text) =>
        text.IndexOf('+', StringComparison.Ordinal) is var plus and > 0 ? (text[..plus], text[(plus + 1)..]) : (text, "");
}
