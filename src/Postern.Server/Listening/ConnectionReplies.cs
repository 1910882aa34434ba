using System.Diagnostics;
using Postern.Smtp.Replies;

namespace Postern.Server.Listening;

/// <summary>The replies to a connection as such.</summary>
public static class ConnectionReplies
{
    public static SmtpReply EarlyTalker { get; } = new(503, "5.5.1", "wait for the greeting before sending commands");

    public static SmtpReply Of(ConnectionRefusal refusal) => refusal switch
    {
        ConnectionRefusal.Service => new SmtpReply(421, "4.3.2", "too many connections, try again later"),
        ConnectionRefusal.Address => new SmtpReply(421, "4.3.2", "too many connections from your address, try again later"),
        ConnectionRefusal.Network => new SmtpReply(421, "4.3.2", "too many connections from your network, try again later"),
        ConnectionRefusal.Rate => new SmtpReply(421, "4.7.0", "you connect too often, try again later"),
        _ => throw new UnreachableException(),
    };
}
