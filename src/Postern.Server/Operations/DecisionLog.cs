using System.Buffers;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Server.Logs;

namespace Postern.Server.Operations;

/// <summary>
/// The file in which every decision can be looked up: one JSON object a line. Refusals are always written, the rest with
/// LOG_DECISIONS=all. A failing log never refuses mail and never delays it; what is lost is counted and reported.
/// </summary>
public sealed class DecisionLog : IDecisionLog, IAsyncDisposable
{
    private readonly LineLog<DecisionRecord> _lines;
    private readonly Func<LogOptions> _options;
    private readonly Lazy<JsonVeil> _veil;
    private readonly DecisionLines _made = new();

    /// <param name="key">asked for when addresses are first hashed.</param>
    public DecisionLog(RotatingFile file, Func<LogOptions> options, LogKey key, Action<LogLoss> onLoss)
    {
        _options = options;
        _veil = new Lazy<JsonVeil>(() => new JsonVeil(new AddressVeil(key.Value)), LazyThreadSafetyMode.PublicationOnly);
        _lines = new LineLog<DecisionRecord>(file, Format, onLoss);
    }

    /// <summary>Decisions lost since the start.</summary>
    public long Lost => _lines.Lost;

    public void Write(DecisionRecord record)
    {
        if (record.Decision.Verdict is Verdict.Reject or Verdict.Defer || _options().AllDecisions) _lines.Write(record);
    }

    /// <summary>Completes when all decisions so far are in the file.</summary>
    public Task FlushAsync() => _lines.FlushAsync();

    /// <summary>Goes on in a new file when the old one was moved away.</summary>
    public void Reopen() => _lines.Reopen();

    public async ValueTask DisposeAsync()
    {
        await _lines.DisposeAsync();
        _made.Dispose();
    }

    /// <summary>The newest line with this id, as JSON text, from the current file or a finished one; null when there is none.</summary>
    public static string? Find(string file, string id)
    {
        string needle = $"{{\"id\":\"{id}\"";
        foreach (string part in new LogFiles(file).All().Reverse())
        {
            string? found = null;
            using FileStream stream = new(part, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using StreamReader reader = new(stream, Encoding.UTF8);
            while (reader.ReadLine() is { } line)
            {
                if (line.StartsWith(needle, StringComparison.Ordinal)) found = line;
            }

            if (found is not null) return found;
        }

        return null;
    }

    private void Format(DecisionRecord record, IBufferWriter<byte> output)
    {
        ReadOnlyMemory<byte> line = _made.Make(record);
        if (_options().HashesAddresses) _veil.Value.Copy(line, output);
        else output.Write(line.Span);
    }
}
