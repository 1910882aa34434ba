namespace Postern.Server.Operations;

/// <summary>Log lines of the server as a whole; event ids 1200-1299.</summary>
internal static partial class ServerLog
{
    [LoggerMessage(1200, LogLevel.Information, "started, configuration {Generation}")]
    public static partial void Started(ILogger logger, long generation);

    [LoggerMessage(1201, LogLevel.Information, "stopping")]
    public static partial void Stopping(ILogger logger);

    [LoggerMessage(1202, LogLevel.Information, "stopped")]
    public static partial void Stopped(ILogger logger);

    [LoggerMessage(1203, LogLevel.Information, "the queue was recovered: {Interrupted} interrupted, {Chunks} loose chunks and {Messages} finished messages removed, {Clamped} clamped")]
    public static partial void Recovered(ILogger logger, int interrupted, int chunks, int messages, int clamped);

    [LoggerMessage(1204, LogLevel.Critical, "the queue was damaged: {Salvaged} messages saved, {Lost} lost; the damaged files are in {Copy}")]
    public static partial void Damaged(ILogger logger, int salvaged, int lost, string copy);

    [LoggerMessage(1205, LogLevel.Critical, "held, since it cannot be decoded: {Message}")]
    public static partial void Undecodable(ILogger logger, string message);

    [LoggerMessage(1206, LogLevel.Error, "{File} cannot be written; lines are lost until it can")]
    public static partial void LogNotWritten(ILogger logger, string file, Exception failure);

    [LoggerMessage(1217, LogLevel.Error, "{Lines} lines of {File} were lost")]
    public static partial void LogLost(ILogger logger, long lines, string file);

    [LoggerMessage(1207, LogLevel.Information, "reload: {Line}")]
    public static partial void Reload(ILogger logger, string line);

    [LoggerMessage(1208, LogLevel.Warning, "{Recipients} recipients are queued for channel {Channel}, which the configuration does not have; they wait until it does")]
    public static partial void OrphanedChannel(ILogger logger, long recipients, string channel);

    [LoggerMessage(1209, LogLevel.Warning, "{Finding}")]
    public static partial void IdentityLost(ILogger logger, string finding);

    [LoggerMessage(1210, LogLevel.Warning, "the system does not tell its network addresses, so INTERNAL_IP is not compared with them")]
    public static partial void SurroundingsUnknown(ILogger logger, Exception failure);

    [LoggerMessage(1213, LogLevel.Warning, "internal address {Client} greeted with the names of {Names} unrelated domains: it is likely a NAT gateway or a port forwarder in user space, behind which strangers stand; take it out of INTERNAL_IP")]
    public static partial void StrangersBehind(ILogger logger, System.Net.IPAddress client, int names);

    [LoggerMessage(1211, LogLevel.Information, "file of a list read again: {Path}")]
    public static partial void ListFileRead(ILogger logger, string path);

    [LoggerMessage(1214, LogLevel.Information, "certificates read again")]
    public static partial void CertificatesRead(ILogger logger);

    [LoggerMessage(1215, LogLevel.Error, "certificates changed, the old ones stay in force: {Fault}")]
    public static partial void CertificatesUnusable(ILogger logger, string fault);

    [LoggerMessage(1216, LogLevel.Warning, "{Finding}")]
    public static partial void CertificateFinding(ILogger logger, string finding);

    [LoggerMessage(1212, LogLevel.Warning, "file of a list: {Finding}")]
    public static partial void ListFileFinding(ILogger logger, string finding);
}
