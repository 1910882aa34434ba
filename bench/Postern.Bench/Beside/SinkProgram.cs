using System.Diagnostics;
using System.Globalization;

namespace Postern.Bench.Beside;

/// <summary><c>smtp-sink</c> of Postfix: takes every message and throws it away. Nothing is decided, written or logged, so no server can be much faster.</summary>
internal sealed class SinkProgram : IMailServer
{
    private const string Program = "/usr/sbin/smtp-sink";

    private readonly string _directory = Daemon.NewDirectory("sink");
    private readonly Process _process;

    public SinkProgram()
    {
        _process = Daemon.Start(Path.Combine(_directory, "output"), Port, Program, "-u", "postfix", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{Port}"), "1000");
        Processes = new ProcessTree(_process.Id);
    }

    public static bool IsInstalled => !BenchSettings.IsAlone && File.Exists(Program);

    public string Name => "smtp-sink";

    public int Port { get; } = Daemon.FreePort();

    public ProcessTree Processes { get; }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
