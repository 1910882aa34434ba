namespace Postern.Queue;

/// <summary>What is known of a message besides its content and recipients; shared by all its copies.</summary>
/// <param name="ReversePath">without angle brackets; empty is the null path of notifications.</param>
/// <param name="EnvelopeId">ENVID of RFC 3461 §4.4, decoded; null when the client gave none.</param>
/// <param name="Received">when MAIL was accepted; the age of the message counts from here.</param>
/// <param name="SourceChannel">the channel the message came in by.</param>
/// <param name="PortInformation">the client as the PORT_ACCESS probe spells it, for access checks made later.</param>
/// <param name="ApplicationInformation">the application part of that probe.</param>
/// <param name="AuthenticatedUser">null without SMTP authentication.</param>
/// <param name="ParentId">the queue id this message was made from: a reprocessed message or the subject of a notification.</param>
public sealed record Envelope(
    QueueId Id,
    string ReversePath,
    string? EnvelopeId,
    ReturnContent Return,
    bool SmtpUtf8,
    BodyType Body,
    DateTimeOffset Received,
    string SourceChannel,
    string PortInformation,
    string ApplicationInformation,
    string? AuthenticatedUser,
    string? ParentId)
{
    /// <summary>How urgent it is.</summary>
    public MessagePriority Priority { get; init; }
}
