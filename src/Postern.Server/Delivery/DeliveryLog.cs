using System.Net;
using Postern.Server.Delivery.Dsn;

namespace Postern.Server.Delivery;

/// <summary>Log lines of deliveries; event ids 1100-1199.</summary>
internal static partial class DeliveryLog
{
    [LoggerMessage(1100, LogLevel.Debug, "{Message} to={Recipient} channel={Channel} delivered: {Reply}")]
    public static partial void Delivered(ILogger logger, string message, string recipient, string channel, string reply);

    [LoggerMessage(1101, LogLevel.Information, "{Message} to={Recipient} channel={Channel} deferred until {Next} in phase {Phase}: {Reply}")]
    public static partial void Deferred(ILogger logger, string message, string recipient, string channel, DateTimeOffset next, DeliveryPhase phase, string reply);

    [LoggerMessage(1102, LogLevel.Information, "{Message} to={Recipient} channel={Channel} failed in phase {Phase}: {Reply}")]
    public static partial void Failed(ILogger logger, string message, string recipient, string channel, DeliveryPhase phase, string reply);

    [LoggerMessage(1103, LogLevel.Warning, "{Message} to={Recipient} channel={Channel} held: {Reason}")]
    public static partial void Held(ILogger logger, string message, string recipient, string channel, string reason);

    [LoggerMessage(1104, LogLevel.Error, "{Message} channel={Channel}: the attempt broke, it will be repeated")]
    public static partial void Broke(ILogger logger, string message, string channel, Exception failure);

    [LoggerMessage(1105, LogLevel.Information, "{Message}: {Kind} notification {Notification} to={Recipient}")]
    public static partial void Notified(ILogger logger, string message, NotificationKind kind, string notification, string recipient);

    [LoggerMessage(1106, LogLevel.Warning, "{Message}: no {Kind} notification to={Recipient}: {Reason}")]
    public static partial void NotNotified(ILogger logger, string message, NotificationKind kind, string recipient, string reason);

    [LoggerMessage(1107, LogLevel.Error, "the queue cannot be read now")]
    public static partial void QueueUnavailable(ILogger logger, Exception failure);

    [LoggerMessage(1109, LogLevel.Information, "{Message} channel={Channel} not dequeued now: {Reason} [{Decided}]")]
    public static partial void NotDequeued(ILogger logger, string message, string channel, string reason, string decided);

    [LoggerMessage(1110, LogLevel.Information, "{Message} {Host} {Address}: {What} {Reason} [{Decided}]")]
    public static partial void AddressDecided(ILogger logger, string message, string host, IPAddress address, string what, string reason, string decided);

    [LoggerMessage(1111, LogLevel.Warning, "{Host} does not speak SMTP: {Count} attempts in a row ended with a malformed reply, the last one: {Reason}")]
    public static partial void NotSmtp(ILogger logger, string host, int count, string reason);

    [LoggerMessage(1112, LogLevel.Warning, "{Message}: NOTIFICATION_LANGUAGE chose \"{Language}\", which NOTIFICATION_LANGUAGES does not name")]
    public static partial void NoSuchLanguage(ILogger logger, string message, string language);

    [LoggerMessage(1114, LogLevel.Information, "{Message} {Host}: {Tls}")]
    public static partial void Secured(ILogger logger, string message, string host, string tls);

    [LoggerMessage(1108, LogLevel.Information, "{Message} {Host}: {Line}")]
    public static partial void Dialogue(ILogger logger, string message, string host, string line);
}
