using Postern.Policy.Configuration;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>Reads the priority out of a message.</summary>
internal static class PriorityField
{
    /// <summary>
    /// What the Priority field says (RFC 2156 §2.3.1). Anybody may ask for less; more is granted to mail that an
    /// authenticated user or a channel of ours handed in, not to what came straight off a listener.
    /// </summary>
    public static MessagePriority Of(HeaderFields header, Envelope envelope, ConfigurationSnapshot snapshot)
    {
        string given = header.Values("Priority").FirstOrDefault() ?? "";
        if (given.Equals("non-urgent", StringComparison.OrdinalIgnoreCase)) return MessagePriority.Nonurgent;
        bool isStrange = envelope.AuthenticatedUser is null && snapshot.Listeners.Any(l => l.Channel.ToString() == envelope.SourceChannel);
        return !isStrange && given.Equals("urgent", StringComparison.OrdinalIgnoreCase) ? MessagePriority.Urgent : MessagePriority.Normal;
    }
}
