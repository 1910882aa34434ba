using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Postern.Bench.Beside;

/// <summary>Starts the programs that are measured, in a directory of their own.</summary>
internal static class Daemon
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly ConcurrentBag<Socket> Reserved = [];

    /// <summary>A new directory that other users may enter.</summary>
    public static string NewDirectory(string name)
    {
        string directory = Directory.CreateTempSubdirectory($"postern-bench-{name}-").FullName;
        if (BenchSettings.Root != Path.GetTempPath())
        {
            Directory.Delete(directory);
            directory = Directory.CreateDirectory(Path.Combine(BenchSettings.Root, Path.GetFileName(directory))).FullName;
        }

        File.SetUnixFileMode(directory, (UnixFileMode)0b111_101_101);
        return directory;
    }

    /// <summary>
    /// A port on loopback that stays ours until we end: bound and not listened on, it is given to no outgoing connection and to nobody who
    /// asks for any port, but to a server that asks for just this one (SO_REUSEADDR, which servers set and the runtime does for us).
    /// </summary>
    public static int FreePort()
    {
        Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Reserved.Add(socket);
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    /// <summary>Starts a program whose output goes to a file, and waits until the port answers.</summary>
    public static Process Start(string log, int port, params string[] command)
    {
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$@\" >\"$0\" 2>&1", log, .. command]) { UseShellExecute = false };
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("POSTERN_", StringComparison.Ordinal)).ToArray()) start.Environment.Remove(name);
        Process process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {command[0]}");
        AwaitPort(port, () => process.HasExited ? $"{string.Join(' ', command)} ended: {File.ReadAllText(log)}" : null);
        return process;
    }

    /// <summary>Runs a program to its end; what it printed comes back.</summary>
    /// <exception cref="InvalidOperationException">it failed.</exception>
    public static string Run(params string[] command)
    {
        ProcessStartInfo start = new(command[0], command[1..]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"cannot start {command[0]}");
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        string error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{string.Join(' ', command)}: {output.Result}{error}");
        return output.Result;
    }

    public static void AwaitPort(int port, Func<string?> fault)
    {
        for (Stopwatch watch = Stopwatch.StartNew(); watch.Elapsed < Patience; Thread.Sleep(20))
        {
            if (fault() is { } ended) throw new InvalidOperationException(ended);
            using Socket socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException)
            {
                // Not yet.
            }
        }

        throw new InvalidOperationException($"nobody listens on port {port}");
    }
}
