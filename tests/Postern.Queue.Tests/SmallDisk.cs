using System.Diagnostics;

namespace Postern.Queue.Tests;

/// <summary>
/// A disk of a few MiB that really fills up: a memory file system, where this process may mount one. Elsewhere it is a directory
/// like others, and the database is given a largest size instead, which fails with the same error.
/// </summary>
internal sealed class SmallDisk : SqliteFaults, IDisposable
{
    public const int Size = 8 * 1024 * 1024;

    private readonly ScratchDirectory _scratch = new();
    private readonly bool _mounted;

    public SmallDisk()
    {
        Directory.CreateDirectory(Root);
        _mounted = Run("mount", "-t", "tmpfs", "-o", $"size={Size}", "none", Root);
        if (_mounted) File.WriteAllBytes(Ballast, new byte[Size / 4 * 3]);
    }

    public string Queue => Path.Combine(Root, "queue");

    private string Root => _scratch.Sub("disk");

    private string Ballast => Path.Combine(Root, "ballast");

    private bool HasSpace { get; set; }

    /// <summary>Somebody removed a file.</summary>
    public void GiveSpace()
    {
        HasSpace = true;
        File.Delete(Ballast);
    }

    public override void Opened(SqlSession session)
    {
        if (!_mounted && !HasSpace) session.ExecuteOnce($"PRAGMA max_page_count={Size / 4 / 4096}");
    }

    public void Dispose()
    {
        if (_mounted && !Run("umount", Root)) throw new IOException($"{Root} cannot be unmounted");
        _scratch.Dispose();
    }

    private static bool Run(string program, params string[] arguments)
    {
        if (!OperatingSystem.IsLinux()) return false;
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
