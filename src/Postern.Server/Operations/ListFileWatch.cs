using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>
/// Takes over changed files of list members and posters without a reload. Every <see cref="Interval"/> the files of the
/// configuration in force are looked at; one that changed is read when two looks in a row find it the same, so that a file
/// is not read while somebody writes it. What cannot be read correctly keeps its old content and is told.
/// </summary>
/// <param name="stamp">what of a file changes when its content does (time and size); null when it is not there.</param>
/// <param name="report">hears of each file taken over and of each finding.</param>
public sealed class ListFileWatch(
    LiveConfiguration live, ISourceFiles files, Func<string, string?> stamp, TimeProvider time, Action<ImmutableArray<string>, ImmutableArray<Diagnostic>> report)
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    /// <summary>No stamp looks like this.</summary>
    private const string Unknown = "?";

    private readonly Dictionary<string, string?> _taken = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _seen = new(StringComparer.Ordinal);
    private AliasTable? _watched;

    /// <summary>Runs until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        using PeriodicTimer timer = new(Interval, time);
        try
        {
            do Look();
            while (await timer.WaitForNextTickAsync(stopping));
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The ordinary end.
        }
    }

    /// <summary>One look. Not to be called concurrently.</summary>
    public void Look()
    {
        ConfigurationSnapshot snapshot = live.Current;
        if (!ReferenceEquals(_watched, snapshot.Aliases)) Begin(snapshot.Aliases);
        HashSet<string> changed = new(StringComparer.Ordinal);
        foreach (string path in snapshot.Aliases.FilePaths)
        {
            string? now = stamp(path);
            if (now != _taken[path] && now == _seen[path]) changed.Add(path);
            _seen[path] = now;
        }

        if (changed.Count == 0) return;
        List<Diagnostic> diagnostics = [];
        AliasTable table = snapshot.Aliases.WithFilesRead(files, changed, diagnostics);
        ImmutableArray<string> told = [.. changed.Where(p => _taken[p] != Unknown).Order(StringComparer.Ordinal)];
        foreach (string path in changed) _taken[path] = _seen[path];

        // A reload in between has read them itself; then the next look begins anew.
        if (live.TryRefresh(snapshot, snapshot with { Aliases = table })) _watched = table;
        foreach (string path in table.FilePaths) Know(path);
        if (told.Length + diagnostics.Count > 0) report(told, [.. diagnostics]);
    }

    private void Begin(AliasTable table)
    {
        _watched = table;
        _taken.Clear();
        _seen.Clear();
        foreach (string path in table.FilePaths) Know(path);
    }

    /// <summary>Which state of the file the load has read is not known: it is read again once.</summary>
    private void Know(string path)
    {
        if (_taken.TryAdd(path, Unknown)) _seen[path] = stamp(path);
    }
}
