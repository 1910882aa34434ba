using System.Diagnostics;
using System.Globalization;

namespace Postern.Bench.Beside;

/// <summary>
/// <c>postern serve</c> with what <c>postern init</c> writes, 127.0.0.1 being internal. Limits that would only end a measurement
/// are raised; its smart host is <paramref name="sink"/>.
/// </summary>
internal sealed class PosternServer : IMailServer
{
    private readonly string _directory = Daemon.NewDirectory("postern");
    private readonly Process _process;

    /// <param name="sink">port on 127.0.0.1 to which mail for the world is sent.</param>
    /// <param name="deliveries">at a time.</param>
    public PosternServer(int sink, int deliveries = 20)
    {
        int console = Daemon.FreePort();
        string configuration = Path.Combine(_directory, "configuration");
        Daemon.Run([.. Command, "init", configuration, "--domain", "example.com", "--host", "mx.example.com", "--internal", "10.0.0.0/8",
            "--relay-host", $"127.0.0.1:{Text(sink)}", "--port", Text(Port), "--submission-port", Text(Daemon.FreePort()),
            "--submissions-port", Text(Daemon.FreePort()), "--console-port", Text(console)]);
        Edit(Path.Combine(configuration, "job_controller.cnf"), "JOB_LIMIT=10", $"JOB_LIMIT={Text(deliveries)}");
        Edit(Path.Combine(configuration, "postern.cnf"), "maxjobs 7", $"maxjobs {Text(deliveries)}");
        Edit(Path.Combine(configuration, "dispatcher.cnf"), "PARAMETER=", "MAX_CONNS=20000\nMAX_CONNS_PER_IP=20000\nPARAMETER=");
        File.AppendAllText(Path.Combine(configuration, "tcp_local_option"), $"MAX_CONNS_PER_HOST={Text(deliveries)}\n");
        File.AppendAllText(Path.Combine(configuration, "option.dat"), $"MESSAGE_SIZE_LIMIT={Text(200 << 20)}\n");
        Configuration = configuration;
        _process = Daemon.Start(Path.Combine(_directory, "output"), Port, [.. Command, "serve", "--config", configuration]);
        Daemon.AwaitPort(console, () => null);
        Processes = new ProcessTree(_process.Id);
    }

    public string Name => "Postern";

    public int Port { get; } = Daemon.FreePort();

    public ProcessTree Processes { get; }

    public string Configuration { get; }

    public int Id => _process.Id;

    private static string[] Command => BenchSettings.Program is { } packaged ? [packaged] : ["dotnet", Path.Combine(AppContext.BaseDirectory, "postern.dll")];

    /// <summary>What is accepted for the world stays in the queue.</summary>
    public void HoldOff() => Daemon.Run([.. Command, "queue", "stop", "tcp_local", "--config", Configuration]);

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Daemon.Run("/bin/sh", "-c", $"kill -TERM {Text(_process.Id)}");
            if (!_process.WaitForExit(TimeSpan.FromSeconds(40))) _process.Kill();
        }

        _process.WaitForExit();
        _process.Dispose();

        // Work that left no line in the log is not the work that was measured.
        foreach (string line in File.ReadLines(Path.Combine(_directory, "output")).Where(l => l.Contains(" were lost", StringComparison.Ordinal))) Console.WriteLine($"note: {line}");
        Directory.Delete(_directory, recursive: true);
    }

    private static void Edit(string file, string old, string replacement)
    {
        string text = File.ReadAllText(file);
        if (!text.Contains(old, StringComparison.Ordinal)) throw new InvalidDataException($"{file} has no {old}");
        File.WriteAllText(file, text.Replace(old, replacement, StringComparison.Ordinal));
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
