using System.Collections.Immutable;
using System.Globalization;

namespace Postern.Server.Logs;

/// <summary>The names of a log's files: the one that is written to, and those that are finished, <c>NAME.TIME</c>.</summary>
/// <param name="current">path of the file that is written to; a final <c>_current</c> is not part of NAME.</param>
public sealed class LogFiles(string current)
{
    private const string CurrentSuffix = "_current";
    private const string TimeFormat = "yyyyMMdd'T'HHmmss'.'ffffff'Z'";

    public string Current { get; } = System.IO.Path.GetFullPath(current);

    private string Prefix => $"{(Current.EndsWith(CurrentSuffix, StringComparison.Ordinal) ? Current[..^CurrentSuffix.Length] : Current)}.";

    /// <summary>The finished files, the oldest first.</summary>
    public ImmutableArray<string> Finished() =>
        Directory.Exists(Folder)
            ? [.. Directory.EnumerateFiles(Folder, $"{System.IO.Path.GetFileName(Prefix)}*").Where(IsFinished).Order(StringComparer.Ordinal)]
            : [];

    /// <summary>The finished files, then the current one if there is one.</summary>
    public ImmutableArray<string> All() => File.Exists(Current) ? Finished().Add(Current) : Finished();

    /// <summary>A name for the current file when it is finished at that time. INVARIANT: it sorts behind all finished ones, whatever the clock does.</summary>
    public string NameFor(DateTimeOffset time)
    {
        DateTime at = time.UtcDateTime;
        if (Finished() is [.., var last] && TimeOf(last) is { } before && before >= at) at = before.AddMicroseconds(1);
        return Prefix + at.ToString(TimeFormat, CultureInfo.InvariantCulture);
    }

    private string Folder => System.IO.Path.GetDirectoryName(Current)!;

    private bool IsFinished(string file) => TimeOf(file) is not null;

    private DateTime? TimeOf(string file) =>
        file.StartsWith(Prefix, StringComparison.Ordinal)
        && DateTime.TryParseExact(
            file.AsSpan(Prefix.Length), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time)
            ? time
            : null;
}
