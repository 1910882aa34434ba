using System.Globalization;

namespace Postern.Server.Delivery.Maildir;

/// <summary>
/// Writes messages into Maildirs: <c>tmp/</c>, fsync, rename to <c>new/</c>, fsync of both folders, so that a reader never
/// sees half a message and a crash never loses a delivered one.
/// </summary>
/// <param name="root">the store; Maildirs are <c>domain/local-part</c> below it, made on first delivery, mode 0700.</param>
public sealed class MaildirStore(string root, string hostName, TimeProvider time)
{
    private const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const UnixFileMode MessageMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private int _sequence;

    /// <summary>Delivers one message.</summary>
    /// <param name="relative">from <see cref="MaildirName.TryFolder"/>.</param>
    /// <param name="subfolder">from <see cref="MaildirName.Subfolder"/>; the inbox gets the message when there is no such folder.</param>
    /// <param name="write">writes the whole message.</param>
    /// <exception cref="IOException">nothing was delivered; or it was, and only the last fsync failed.</exception>
    /// <exception cref="MailboxFullException">nothing was delivered.</exception>
    public async Task DeliverAsync(
        string relative, string? subfolder, MailboxQuota limits, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        string maildir = Path.Combine(root, relative);
        string folder = subfolder is not null && Directory.Exists(Path.Combine(maildir, subfolder)) ? Path.Combine(maildir, subfolder) : maildir;
        foreach (string part in (string[])["tmp", "new", "cur"]) Make(Path.Combine(folder, part));

        MaildirQuota? quota = limits.IsUnlimited ? null : new MaildirQuota(maildir, limits);
        string unique = UniqueName();
        string temporary = Path.Combine(folder, "tmp", unique);
        bool moved = false;
        try
        {
            long size;
            FileStreamOptions options = new()
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                Options = FileOptions.Asynchronous,
                UnixCreateMode = MessageMode,
            };
            await using (FileStream file = new(temporary, options))
            {
                await write(file, cancellationToken);
                await file.FlushAsync(cancellationToken);
                file.Flush(flushToDisk: true);
                size = file.Length;
            }

            if (quota?.HasRoom(size) == false) throw new MailboxFullException(relative);
            File.Move(temporary, Path.Combine(folder, "new", $"{unique},S={size.ToString(CultureInfo.InvariantCulture)}"));
            moved = true;
            DirectorySync.Flush(Path.Combine(folder, "new"));
            DirectorySync.Flush(Path.Combine(folder, "tmp"));
            quota?.Add(size);
        }
        finally
        {
            if (!moved) File.Delete(temporary);
        }
    }

    /// <summary>Makes a folder and those above it, each durable before the next.</summary>
    private static void Make(string folder)
    {
        if (Directory.Exists(folder)) return;
        string? parent = Path.GetDirectoryName(folder);
        if (parent is not null) Make(parent);
        Directory.CreateDirectory(folder, FolderMode);
        if (parent is not null) DirectorySync.Flush(parent);
    }

    private string UniqueName()
    {
        DateTimeOffset now = time.GetUtcNow();
        long microsecond = now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{now.ToUnixTimeSeconds()}.M{microsecond}P{Environment.ProcessId}Q{Interlocked.Increment(ref _sequence)}.{SafeHost(hostName)}");
    }

    private static string SafeHost(string name) =>
        name.Replace("/", "\\057", StringComparison.Ordinal).Replace(":", "\\072", StringComparison.Ordinal);
}
