using System.Net;

namespace Postern.Server.Sessions;

/// <summary>Log lines of sessions; event ids 1000-1099.</summary>
internal static partial class SessionLog
{
    [LoggerMessage(1000, LogLevel.Information, "session {Session}: {Client} on {Service}, source channel {Channel} ({Reason})")]
    public static partial void Opened(ILogger logger, string session, IPAddress? client, string service, string channel, string reason);

    [LoggerMessage(1001, LogLevel.Debug, "session {Session}: {Verdict} from={Sender} to={Recipient} reply=\"{Reply}\" decision={Decision} table={Table} entry={Entry} probe={Probe}")]
    public static partial void Refused(
        ILogger logger, string session, string verdict, string sender, string recipient, string reply, string decision, string? table, string? entry, string? probe);

    [LoggerMessage(1002, LogLevel.Information, "session {Session}: queued {Message} from={Sender} recipients={Recipients} size={Size}")]
    public static partial void Queued(ILogger logger, string session, string message, string sender, int recipients, long size);

    [LoggerMessage(1003, LogLevel.Information, "session {Session}: authenticated as {User}, source channel {Channel}")]
    public static partial void Authenticated(ILogger logger, string session, string? user, string channel);

    [LoggerMessage(1004, LogLevel.Warning, "session {Session}: authentication failed for \"{User}\" from {Client}")]
    public static partial void AuthenticationFailed(ILogger logger, string session, string user, IPAddress? client);

    [LoggerMessage(1005, LogLevel.Information, "session {Session}: closed, {Reason}")]
    public static partial void Closed(ILogger logger, string session, string reason);

    [LoggerMessage(1006, LogLevel.Error, "session {Session}: message could not be queued")]
    public static partial void QueueFailed(ILogger logger, string session, Exception failure);

    [LoggerMessage(1007, LogLevel.Information, "connection from {Client} on {Service} refused: {Reason}")]
    public static partial void ConnectionRefused(ILogger logger, IPAddress? client, string service, string reason);

    [LoggerMessage(1008, LogLevel.Information, "session {Session}: TLS handshake failed: {Reason}")]
    public static partial void TlsFailed(ILogger logger, string session, string reason);

    [LoggerMessage(1018, LogLevel.Warning, "session {Session}: too many failed authentications, \"{User}\" from {Client} was not looked at")]
    public static partial void AuthenticationThrottled(ILogger logger, string session, string user, IPAddress? client);

    [LoggerMessage(1019, LogLevel.Information, "session {Session}: {Tls} for host \"{Host}\"")]
    public static partial void TlsStarted(ILogger logger, string session, string tls, string host);

    [LoggerMessage(1017, LogLevel.Information, "session {Session}: client certificate \"{Subject}\": {Verdict}")]
    public static partial void ClientCertificate(ILogger logger, string session, string subject, string verdict);

    [LoggerMessage(1010, LogLevel.Information, "session {Session}: {Line}")]
    public static partial void Dialogue(ILogger logger, string session, string line);

    [LoggerMessage(1009, LogLevel.Error, "session {Session} broke")]
    public static partial void Broke(ILogger logger, string session, Exception failure);

    [LoggerMessage(1015, LogLevel.Information, "session {Session}: client name {Name}")]
    public static partial void Named(ILogger logger, string session, string name);

    [LoggerMessage(1011, LogLevel.Information, "session {Session}: no client name for {Client}: {Reason}")]
    public static partial void NotNamed(ILogger logger, string session, IPAddress? client, string reason);

    [LoggerMessage(1012, LogLevel.Information, "connection from {Proxy} on {Service}: speaks for {Client} (PROXY)")]
    public static partial void Proxied(ILogger logger, IPAddress proxy, string service, string client);

    [LoggerMessage(1016, LogLevel.Information, "session {Session}: {Peer} speaks for {Client}, authenticated as {Login} (XCLIENT)")]
    public static partial void Claimed(ILogger logger, string session, IPAddress? peer, string client, string login);

    [LoggerMessage(1014, LogLevel.Information, "session {Session}: {Client}: access table: {Text}")]
    public static partial void AccessText(ILogger logger, string session, IPAddress? client, string text);

    [LoggerMessage(1013, LogLevel.Information, "session {Session}: source channel {Channel} ({Reason})")]
    public static partial void Switched(ILogger logger, string session, string channel, string reason);
}
