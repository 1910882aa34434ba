namespace Postern.Policy.Configuration;

/// <summary>The options of option.dat about the decision log and the transaction log.</summary>
public sealed record LogOptions
{
    private const LogFields TextDefault = LogFields.Diagnostics;
    private const LogFields JsonDefault = ~(LogFields.Priority | LogFields.Intermediate);

    public static LogOptions Default { get; } = new();

    /// <summary>Octets of one log file; 0 is no limit.</summary>
    public long FileSize { get; init; } = 100 * 1024 * 1024;

    /// <summary>A new file begins with each such span, counted from midnight UTC; zero is never.</summary>
    public TimeSpan FileAge { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Finished files of one log that are kept; 0 keeps all.</summary>
    public int FilesKept { get; init; } = 14;

    /// <summary>Local parts of addresses are written as a keyed hash.</summary>
    public bool HashesAddresses { get; init; }

    /// <summary>The decision log holds what was accepted, too.</summary>
    public bool AllDecisions { get; init; }

    public LogFormat Format { get; init; } = LogFormat.Json;

    /// <summary>Bits of LOG_CONNECTION: 1 the client in message records, 2 opened, closed and refused connections, 128 authentications.</summary>
    public int Connections { get; init; } = 2 | 128;

    /// <summary>Connection records have a file of their own.</summary>
    public bool SeparateConnections { get; init; }

    /// <summary>Records of commands that are none, a session.</summary>
    public int MaximumBadCommands { get; init; } = 10;

    /// <summary>Fields that an option turned on.</summary>
    public LogFields On { get; init; }

    /// <summary>Fields that an option turned off.</summary>
    public LogFields Off { get; init; }

    /// <summary>Whether a field is written: as its option says, else JSON has all but a few and text the columns every parser of the family knows.</summary>
    public bool Writes(LogFields field) =>
        (On & field) != LogFields.None || ((Off & field) == LogFields.None && ((Format == LogFormat.Json ? JsonDefault : TextDefault) & field) != LogFields.None);
}
