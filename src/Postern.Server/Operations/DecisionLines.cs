using System.Buffers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Postern.Policy.Access;

namespace Postern.Server.Operations;

/// <summary>
/// Makes the lines of the decision log, one after the other. A flood of refusals is many decisions with the same way up to them, that of
/// their connection and their sender; its text is made once. For one thread.
/// </summary>
internal sealed class DecisionLines : IDisposable
{
    /// <summary>Paths whose text is kept; a path is found by where it lies in memory, and a newer one takes its place.</summary>
    private const int Places = 256;

    private readonly ArrayBufferWriter<byte> _line = new(4096);
    private readonly ArrayBufferWriter<byte> _path = new(1024);
    private readonly Utf8JsonWriter _json;
    private readonly (Explanation? Path, byte[] Text)[] _known = new (Explanation?, byte[])[Places];
    private readonly Action<Utf8JsonWriter, Explanation?> _writePath;

    public DecisionLines()
    {
        _json = new Utf8JsonWriter(_line, new JsonWriterOptions { SkipValidation = true });
        _writePath = WritePath;
    }

    /// <summary>The decision as one JSON object, without line end; valid until the next one.</summary>
    public ReadOnlyMemory<byte> Make(DecisionRecord record)
    {
        _line.ResetWrittenCount();
        _json.Reset(_line);
        DecisionJson.Write(_json, record, _writePath);
        _json.Flush();
        return _line.WrittenMemory;
    }

    public void Dispose() => _json.Dispose();

    private void WritePath(Utf8JsonWriter json, Explanation? path)
    {
        if (path is null)
        {
            DecisionJson.WriteStepsWhole(json, null);
            return;
        }

        ref (Explanation? Path, byte[] Text) place = ref _known[(uint)RuntimeHelpers.GetHashCode(path) % Places];
        if (!ReferenceEquals(place.Path, path))
        {
            _path.ResetWrittenCount();
            using Utf8JsonWriter text = new(_path);
            DecisionJson.WriteStepsWhole(text, path);
            text.Flush();
            place = (path, _path.WrittenSpan.ToArray());
        }

        json.WriteRawValue(place.Text, skipInputValidation: true);
    }
}
