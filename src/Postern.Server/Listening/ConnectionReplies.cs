using Postern.Smtp.Replies;

namespace Postern.Server.Listening;

/// <summary>The replies to a connection as such.</summary>
internal static class ConnectionReplies
{
    public static SmtpReply Overloaded { get; } = new(421, "4.3.2", "too many connections, try again later");

    public static SmtpReply EarlyTalker { get; } = new(503, "5.5.1", "wait for the greeting before sending commands");
}
