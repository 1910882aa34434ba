using System.Collections.Immutable;

namespace Postern.Policy.Configuration;

// Names are the family's where it has them (Technical Reference, "Transaction logging MTA options"); files, privacy and the
// decision log are ours.

/// <summary>The options of option.dat about logs.</summary>
internal static class LogOptionTable
{
    private const int ReasonBits = 7;

    public static ImmutableArray<PosternOption> All { get; } =
    [
        Number("LOG_FILE_SIZE", 0, long.MaxValue, (o, n) => o with { FileSize = n }),
        Number("LOG_FILE_AGE", 0, 8784, (o, n) => o with { FileAge = TimeSpan.FromHours(n) }),
        Number("LOG_FILES_KEPT", 0, 100_000, (o, n) => o with { FilesKept = (int)n }),
        Option("LOG_PRIVACY", "none or hash", (o, s) => s.Value.ToLowerInvariant() switch
        {
            "none" => o with { HashesAddresses = false },
            "hash" => o with { HashesAddresses = true },
            _ => null,
        }),
        Option("LOG_DECISIONS", "refusals or all", (o, s) => s.Value.ToLowerInvariant() switch
        {
            "refusals" => o with { AllDecisions = false },
            "all" => o with { AllDecisions = true },
            _ => null,
        }),
        Option("LOG_FORMAT", "1, 2 or 6", (o, s) => s.AsNumber(1, 6) is (1 or 2 or 6) and var n ? o with { Format = (LogFormat)n } : null),
        Number("LOG_CONNECTION", 0, 255, (o, n) => o with { Connections = (int)n }),
        Option("SEPARATE_CONNECTION_LOG", "0 or 1", (o, s) => s.AsSwitch() is { } on ? o with { SeparateConnections = on } : null),
        Number("MAX_B_ENTRIES", 0, 1_000_000, (o, n) => o with { MaximumBadCommands = (int)n }),
        Field("LOG_PROCESS", LogFields.Process),
        Field("LOG_FILENAME", LogFields.FileName),
        Field("LOG_MESSAGE_ID", LogFields.MessageId),
        Field("LOG_ENVELOPE_ID", LogFields.EnvelopeId),
        Field("LOG_USERNAME", LogFields.UserName),
        Field("LOG_NOTARY", LogFields.Notary),
        Field("LOG_REASON", LogFields.Reason),
        Field("LOG_DIAGNOSTICS", LogFields.Diagnostics),
        Field("LOG_QUEUE_TIME", LogFields.QueueTime),
        Field("LOG_REMOTE_MTA", LogFields.RemoteMta),
        Field("LOG_PRIORITY", LogFields.Priority),
        Field("LOG_INTERMEDIATE", LogFields.Intermediate),
    ];

    /// <summary>Any bit turns the field on: the family's bits for LOG_ACTION probes mean the same line here.</summary>
    private static PosternOption Field(string name, LogFields field) => Number(
        name, 0, ReasonBits, (o, n) => n == 0 ? o with { On = o.On & ~field, Off = o.Off | field } : o with { On = o.On | field, Off = o.Off & ~field });

    private static PosternOption Number(string name, long least, long most, Func<LogOptions, long, LogOptions> set) => Option(
        name, most == long.MaxValue ? $"a number of at least {least}" : $"a number from {least} to {most}", (o, s) => s.AsNumber(least, most) is { } n ? set(o, n) : null);

    private static PosternOption Option(string name, string value, Func<LogOptions, Setting, LogOptions?> set) =>
        new(name, value, (o, s) => set(o.Logs, s) is { } logs ? o with { Logs = logs } : null);
}
