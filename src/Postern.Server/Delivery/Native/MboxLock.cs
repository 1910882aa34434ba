namespace Postern.Server.Delivery.Native;

/// <summary>
/// The right to write to a mailbox file: first <c>file.lock</c> beside it, made by whoever comes first, then a lock on the file
/// itself. Who has neither in a minute gives up. A lock file whose owner died is taken away after <see cref="Abandoned"/>.
/// </summary>
internal sealed class MboxLock : IAsyncDisposable
{
    /// <summary>Behind the name of a mailbox: its lock file.</summary>
    public const string Suffix = ".lock";

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Abandoned = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    private readonly string _lockFile;

    private MboxLock(string lockFile, FileStream file)
    {
        _lockFile = lockFile;
        File = file;
    }

    /// <summary>The mailbox, open for writing.</summary>
    public FileStream File { get; }

    /// <returns>null when others kept it for too long.</returns>
    /// <exception cref="IOException">the folder or the file cannot be written to, or the file is a link or a pipe: a user may have put it there to have us write elsewhere.</exception>
    public static async Task<MboxLock?> TakeAsync(string path, UnixFileMode mode, TimeProvider time, CancellationToken cancellationToken)
    {
        string lockFile = path + Suffix;
        long start = time.GetTimestamp();
        while (!TryMake(lockFile, time))
        {
            if (time.GetElapsedTime(start) > LongestWait) return null;
            await Task.Delay(Pause, time, cancellationToken);
        }

        FileStream? file = null;
        try
        {
            FileStreamOptions options = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite, UnixCreateMode = mode };
            if (new FileInfo(path).LinkTarget is not null) throw new IOException($"{path} is a link");
            file = new FileStream(path, options);
            if (!file.CanSeek) throw new IOException($"{path} is no file");
            while (!TryLock(file))
            {
                if (time.GetElapsedTime(start) > LongestWait)
                {
                    await file.DisposeAsync();
                    System.IO.File.Delete(lockFile);
                    return null;
                }

                await Task.Delay(Pause, time, cancellationToken);
            }

            return new MboxLock(lockFile, file);
        }
        catch
        {
            if (file is not null) await file.DisposeAsync();
            System.IO.File.Delete(lockFile);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await File.DisposeAsync();
        System.IO.File.Delete(_lockFile);
    }

    private static bool TryMake(string lockFile, TimeProvider time)
    {
        try
        {
            using FileStream made = new(lockFile, FileMode.CreateNew, FileAccess.Write);
            made.WriteByte((byte)'0');
            return true;
        }
        catch (IOException) when (System.IO.File.Exists(lockFile))
        {
            if (time.GetUtcNow().UtcDateTime - System.IO.File.GetLastWriteTimeUtc(lockFile) > Abandoned) System.IO.File.Delete(lockFile);
            return false;
        }
    }

    /// <summary>The whole file, also what is appended to it.</summary>
    private static bool TryLock(FileStream file)
    {
        try
        {
            file.Lock(0, long.MaxValue);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
