using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Postern.Server.Operations;

/// <summary>
/// The file in which every refusal can be looked up: one JSON object a line, written with one system call, so that
/// lines of concurrent sessions never mix. A failing log never refuses mail; it is counted and reported once.
/// </summary>
public sealed class DecisionLog : IDisposable
{
    private readonly Lock _gate = new();
    private readonly string _name;
    private readonly Action<Exception> _onFailure;
    private FileStream _file;
    private bool _failed;

    /// <param name="file">appended to; made with mode 0640.</param>
    /// <param name="onFailure">called on the first write that fails, and again after one has succeeded in between.</param>
    public DecisionLog(string file, Action<Exception> onFailure)
    {
        Directory.CreateDirectory(
            System.IO.Path.GetDirectoryName(file)!,
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute);
        _name = file;
        _file = Open(file);
        _onFailure = onFailure;
    }

    public void Write(DecisionRecord record)
    {
        ArrayBufferWriter<byte> line = new(1024);
        using (Utf8JsonWriter json = new(line)) DecisionJson.Write(json, record);
        line.Write("\n"u8);
        lock (_gate)
        {
            try
            {
                _file.Write(line.WrittenSpan);
                _failed = false;
            }
            catch (IOException e)
            {
                if (!_failed) _onFailure(e);
                _failed = true;
            }
        }
    }

    /// <summary>The last line with this id, as JSON text; null when there is none.</summary>
    public static string? Find(string file, string id)
    {
        if (!File.Exists(file)) return null;
        string needle = $"{{\"id\":\"{id}\"";
        string? found = null;
        using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using StreamReader reader = new(stream, Encoding.UTF8);
        while (reader.ReadLine() is { } line)
        {
            if (line.StartsWith(needle, StringComparison.Ordinal)) found = line;
        }

        return found;
    }

    /// <summary>Goes on in a new file when the old one was moved away.</summary>
    public void Reopen()
    {
        lock (_gate)
        {
            try
            {
                FileStream next = Open(_name);
                _file.Dispose();
                _file = next;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The old file still takes lines.
                _onFailure(e);
            }
        }
    }

    public void Dispose() => _file.Dispose();

    private static FileStream Open(string file) => new(file, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        BufferSize = 0,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
    });
}
