using System.Globalization;

namespace Postern.Server.Delivery.Maildir;

/// <summary>
/// Writes messages into Maildirs: <c>tmp/</c>, fsync, rename to <c>new/</c>, fsync of the folder, so that a reader never
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
    /// <param name="write">writes the whole message.</param>
    /// <exception cref="IOException">nothing was delivered.</exception>
    public async Task DeliverAsync(string relative, Func<Stream, CancellationToken, Task> write, CancellationToken cancellationToken)
    {
        string folder = System.IO.Path.Combine(root, relative);
        foreach (string part in (string[])["tmp", "new", "cur"])
            Directory.CreateDirectory(System.IO.Path.Combine(folder, part), FolderMode);

        DateTimeOffset now = time.GetUtcNow();
        string unique = string.Create(
            CultureInfo.InvariantCulture,
            $"{now.ToUnixTimeSeconds()}.M{now.Ticks % TimeSpan.TicksPerSecond / TimeSpan.TicksPerMicrosecond}P{Environment.ProcessId}Q{Interlocked.Increment(ref _sequence)}.{SafeHost(hostName)}");
        string temporary = System.IO.Path.Combine(folder, "tmp", unique);
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

            File.Move(temporary, System.IO.Path.Combine(folder, "new", $"{unique},S={size.ToString(CultureInfo.InvariantCulture)}"));
            DirectorySync.Flush(System.IO.Path.Combine(folder, "new"));
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static string SafeHost(string name) =>
        name.Replace("/", "\\057", StringComparison.Ordinal).Replace(":", "\\072", StringComparison.Ordinal);
}
