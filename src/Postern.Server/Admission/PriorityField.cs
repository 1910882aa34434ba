using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;

namespace Postern.Server.Admission;

/// <summary>How urgent a message is that comes in.</summary>
internal static class PriorityField
{
    /// <summary>
    /// What the Priority field says (RFC 2156 §2.3.1), lowered by a class for each limit that the size is over. Anybody may ask for less; more is
    /// granted to mail that an authenticated user or a channel of ours handed in, not to what came straight off a listener.
    /// </summary>
    /// <param name="size">octets of content.</param>
    public static MessagePriority Of(HeaderFields header, long size, SessionFacts facts, ConfigurationSnapshot snapshot)
    {
        string given = header.Values("Priority").FirstOrDefault() ?? "";
        bool isStrange = facts.AuthenticatedUser is null && snapshot.Listeners.Any(l => l.Channel == facts.Source.Current);
        MessagePriority priority = given.Equals("non-urgent", StringComparison.OrdinalIgnoreCase) ? MessagePriority.Nonurgent
            : !isStrange && given.Equals("urgent", StringComparison.OrdinalIgnoreCase) ? MessagePriority.Urgent
            : MessagePriority.Normal;
        PosternOptions options = snapshot.Options;
        if (priority == MessagePriority.Urgent && size > options.UrgentLimit) priority = MessagePriority.Normal;
        if (priority == MessagePriority.Normal && size > options.NormalLimit) priority = MessagePriority.Nonurgent;
        return priority == MessagePriority.Nonurgent && size > options.NonurgentLimit ? MessagePriority.SecondClass : priority;
    }
}
