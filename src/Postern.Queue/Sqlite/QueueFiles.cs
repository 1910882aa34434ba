using Microsoft.Data.Sqlite;

namespace Postern.Queue;

/// <summary>The files of a queue directory and how they are opened; the directory has mode 0750, the files 0640.</summary>
internal sealed class QueueFiles(string directory)
{
    private const UnixFileMode DirectoryMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute;

    private const UnixFileMode FileMode640 = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;

    /// <summary>Marks a database that was set aside as long as nothing of it is in the new one.</summary>
    private const string Unsaved = "unsaved";

    private static readonly string[] DatabaseSuffixes = ["", "-wal", "-shm"];

    public string Directory => directory;

    public string Database { get; } = Path.Combine(directory, "queue.db");

    /// <summary>Takes the queue for this process until the stream is closed.</summary>
    /// <exception cref="QueueOpenException">another process has it, or the directory cannot be written.</exception>
    public FileStream Lock()
    {
        string file = Path.Combine(directory, "queue.lock");
        try
        {
            if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(directory);
            else System.IO.Directory.CreateDirectory(directory, DirectoryMode);
            return Open(file, FileShare.None);
        }
        catch (UnauthorizedAccessException e)
        {
            throw new QueueOpenException($"cannot write \"{file}\": {e.Message}", e);
        }
        catch (IOException e)
        {
            throw new QueueOpenException($"cannot lock \"{file}\": another process is using this queue ({e.Message})", e);
        }
    }

    /// <summary>The writing connection: every commit is synchronised, the log is long so that checkpoints are few.</summary>
    public SqlSession OpenWriter()
    {
        // SQLite gives its log files the mode of the database file, so that is made first. An existing file is left to
        // SQLite alone: closing another descriptor of it would drop the locks of this process (fcntl).
        if (!File.Exists(Database)) Open(Database, FileShare.ReadWrite).Dispose();
        SqlSession session = SqlSession.Open(Database, SqliteOpenMode.ReadWrite);
        try
        {
            session.ExecuteOnce(
                "PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=16000; PRAGMA journal_size_limit=67108864; PRAGMA cache_size=-8192;");
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public SqlSession OpenReader() => SqlSession.Open(Database, SqliteOpenMode.ReadOnly);

    /// <summary>A database that was set aside by a start which did not live to save what can be read of it; null: there is none.</summary>
    public string? SetAsideBefore() => System.IO.Directory.GetDirectories(directory, "damaged-*").Order(StringComparer.Ordinal).FirstOrDefault(d => File.Exists(Path.Combine(d, Unsaved)));

    /// <summary>What can be read of a database that was set aside is saved.</summary>
    public static void Saved(string damagedCopy) => File.Delete(Path.Combine(damagedCopy, Unsaved));

    /// <summary>Moves the database, its log included, to a directory of its own, and answers that directory. Until <see cref="Saved"/> it counts as not yet saved.</summary>
    public string SetAside(DateTimeOffset now)
    {
        string stem = Path.Combine(directory, $"damaged-{now.UtcDateTime:yyyyMMdd'T'HHmmss}");
        string target = stem;
        for (int i = 2; System.IO.Directory.Exists(target); i++) target = $"{stem}-{i}";
        if (OperatingSystem.IsWindows()) System.IO.Directory.CreateDirectory(target);
        else System.IO.Directory.CreateDirectory(target, DirectoryMode);
        Open(Path.Combine(target, Unsaved), FileShare.None).Dispose();
        foreach (string suffix in DatabaseSuffixes)
        {
            if (File.Exists(Database + suffix)) File.Move(Database + suffix, Path.Combine(target, "queue.db" + suffix));
        }

        return target;
    }

    private static FileStream Open(string file, FileShare share)
    {
        FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = share };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = FileMode640;
        return new FileStream(file, options);
    }
}
