using Postern.Policy.Configuration;

namespace Postern.Server.Delivery;

/// <summary>Recognises mail that goes in circles by its Received fields. Such mail is held: a bounce could loop too.</summary>
internal static class MailLoop
{
    /// <returns>the reason to hold the message, or null.</returns>
    public static string? Find(HeaderFields header, ConfigurationSnapshot snapshot)
    {
        if (header.Count("Received"u8) > snapshot.Options.MaximumReceivedLines) return "too many Received fields: a mail loop";
        string by = $"by {snapshot.Channels.Local.OfficialHost} ";
        int ours = header.Values("Received").Count(v => $"{v.Replace('\t', ' ')} ".Contains(by, StringComparison.OrdinalIgnoreCase));
        return ours > snapshot.Options.MaximumLocalReceivedLines ? "too many Received fields of this host: a mail loop" : null;
    }
}
