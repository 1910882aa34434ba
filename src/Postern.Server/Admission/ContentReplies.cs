using Postern.Policy.Aliases;
using Postern.Queue;
using Postern.Smtp.Framing;
using Postern.Smtp.Replies;

namespace Postern.Server.Admission;

/// <summary>The replies to the end of content.</summary>
public static class ContentReplies
{
    public static SmtpReply StorageFailed { get; } = new(452, "4.3.1", "cannot store the message now, try again later");

    public static SmtpReply TooLarge { get; } = new(552, "5.3.4", "message exceeds the size limit");

    public static SmtpReply HeaderTooLong { get; } = new(552, "5.3.4", "message header exceeds the size limit");

    public static SmtpReply TimedOut { get; } = new(421, "4.4.2", "no more content came, closing connection");

    public static SmtpReply TooSlow { get; } = new(421, "4.4.2", "content comes too slowly, closing connection");

    public static SmtpReply ChunkTaken { get; } = new(250, "2.0.0", "chunk received");

    public static SmtpReply Accepted(QueueId id) => new(250, "2.0.0", $"queued as {id}");

    public static SmtpReply ListRefused(ExpansionFault fault) => new(fault.Code, fault.Status, [fault.Text]);

    /// <summary>Names what made the content unacceptable (RFC 5321 §2.3.8: bare CR and LF must not be sent).</summary>
    public static SmtpReply BadContent(ContentDecoder decoder) => new(550, "5.6.0", decoder.FaultText);
}
