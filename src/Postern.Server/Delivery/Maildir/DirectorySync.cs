using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Postern.Server.Delivery.Maildir;

/// <summary>
/// Makes a rename durable. The framework opens no directories, so the three system calls are made directly; without
/// them a power loss could undo a delivery that was already struck from the queue.
/// </summary>
internal static partial class DirectorySync
{
    // O_RDONLY | O_CLOEXEC; these two have the same values on every Linux we build for.
    private const int ReadOnly = 0x80000;

    /// <exception cref="IOException">the directory could not be opened or synchronised.</exception>
    public static void Flush(string directory)
    {
        int descriptor = Open(directory, ReadOnly);
        if (descriptor < 0) throw Failure(directory);
        int result = Synchronise(descriptor);
        IOException? failure = result < 0 ? Failure(directory) : null;
        _ = Close(descriptor);
        if (failure is not null) throw failure;
    }

    private static IOException Failure(string directory) =>
        new($"cannot synchronise {directory}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronise(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
