using Postern.Policy.Configuration;
using Postern.Server.Operations;

namespace Postern.Server.Logs;

// A log file that ends before it is too long or too old. Finishing it is one rename to a name that carries the time, so that
// a crash leaves either the old name or the new one, and never two files with the same lines; the oldest finished files
// beyond those kept are removed after it. A line that a crash cut short is ended before the next one is written, so that
// it spoils no other.
//
// Ages are spans counted from midnight UTC, not from the first line: they mean the same after a restart.

/// <summary>Appends lines to a log file, which is made with mode 0640, and begins a new one as LOG_FILE_SIZE and LOG_FILE_AGE say.</summary>
/// <remarks>For one writer; not to be called concurrently.</remarks>
public sealed class RotatingFile(LogFiles files, Func<LogOptions> options, TimeProvider time) : IDisposable
{
    private FileStream? _file;
    private DateTimeOffset _written;

    public LogFiles Files => files;

    /// <param name="line">with its line end.</param>
    /// <exception cref="IOException">nothing, or only a part of the line, was written.</exception>
    /// <exception cref="UnauthorizedAccessException">the file cannot be opened.</exception>
    public void Write(ReadOnlySpan<byte> line)
    {
        _file ??= Open();
        DateTimeOffset now = time.GetUtcNow();
        if (IsFull(line.Length, now))
        {
            Finish(now);
            _file = Open();
        }

        try
        {
            _file.Write(line);
            _written = now;
        }
        catch
        {
            // What is there of the line is found, and ended, when the file is opened again.
            Close();
            throw;
        }
    }

    /// <summary>Closes the file; the next line opens the one that has its name then.</summary>
    public void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    public void Dispose() => Close();

    private bool IsFull(int more, DateTimeOffset now)
    {
        LogOptions limits = options();
        if (_file!.Length == 0) return false;
        return (limits.FileSize > 0 && _file.Length + more > limits.FileSize)
            || (limits.FileAge > TimeSpan.Zero && Span(_written, limits.FileAge) != Span(now, limits.FileAge));
    }

    private static long Span(DateTimeOffset at, TimeSpan age) => at.UtcTicks / age.Ticks;

    private void Finish(DateTimeOffset now)
    {
        Close();

        // Somebody else may have moved it away; then there is nothing to finish.
        if (File.Exists(files.Current)) File.Move(files.Current, files.NameFor(now), overwrite: false);
        int kept = options().FilesKept;
        if (kept == 0) return;
        foreach (string old in files.Finished().SkipLast(kept)) File.Delete(old);
    }

    private FileStream Open()
    {
        DataDirectory.Make(System.IO.Path.GetDirectoryName(files.Current)!);
        FileStream file = new(files.Current, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead,
        });
        try
        {
            _written = new DateTimeOffset(File.GetLastWriteTimeUtc(file.SafeFileHandle));
            file.Seek(0, SeekOrigin.End);
            if (IsCutShort(file)) file.WriteByte((byte)'\n');
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static bool IsCutShort(FileStream file)
    {
        if (file.Length == 0) return false;
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() != '\n';
    }
}
