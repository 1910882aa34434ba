using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postern.Server.Delivery.Pipe;

/// <summary>
/// A program and all that it started, told by a variable that each of them inherits: a process that left its parent, group and session (a
/// double fork, setsid) still has it.
/// </summary>
/// <remarks>
/// BUGS: a process that left its parent and was started with another environment, overwrote the place of its own, or changed its user, is not
/// found. Only a group of processes kept by the system itself (cgroup) would hold it.
/// </remarks>
internal sealed class ProgramFamily
{
    /// <summary>Name of the variable.</summary>
    public const string Variable = "POSTERN_RUN";

    /// <summary>Passes over the table of processes: what goes on multiplying faster than it is killed is left to itself.</summary>
    private const int MostPasses = 100;

    private readonly byte[] _mark;

    public ProgramFamily()
    {
        Value = RandomNumberGenerator.GetHexString(32, lowercase: true);
        _mark = Encoding.ASCII.GetBytes($"\0{Variable}={Value}\0");
    }

    /// <summary>Of this run alone.</summary>
    public string Value { get; }

    /// <summary>Kills the program and what it started, until none of them is left.</summary>
    public void Kill(Process program)
    {
        try
        {
            program.Kill(entireProcessTree: true);
        }
        catch (Exception e) when (e is AggregateException or InvalidOperationException or Win32Exception)
        {
            // One of them is another user's, or ended by itself; the others are looked for all the same.
        }

        for (int i = 0; OperatingSystem.IsLinux() && i < MostPasses && KillMarked(); i++) Thread.Yield();
    }

    /// <returns>false when there was none.</returns>
    private bool KillMarked()
    {
        bool any = false;
        foreach (string directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory.AsSpan()), NumberStyles.None, CultureInfo.InvariantCulture, out int id) || !IsMarked(directory)) continue;
            any = true;
            try
            {
                using Process member = Process.GetProcessById(id);
                member.Kill();
            }
            catch (Exception e) when (e is ArgumentException or InvalidOperationException or Win32Exception)
            {
                // It ended by itself, or became another user's.
            }
        }

        return any;
    }

    /// <summary>Of another user's process the environment cannot be read; a dead one has none.</summary>
    private bool IsMarked(string directory)
    {
        try
        {
            byte[] environment = File.ReadAllBytes(directory + "/environ");
            return environment.AsSpan().IndexOf(_mark) >= 0 || environment.AsSpan().StartsWith(_mark.AsSpan(1));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
