using System.Diagnostics;

namespace Postern.Cli.Tests.Harness;

/// <summary>A running <c>postern serve</c>. It is ready when it has announced its listeners.</summary>
public sealed class PosternProcess : IAsyncDisposable
{
    private readonly Process _process;

    private PosternProcess(Process process)
    {
        _process = process;
        Printed = new ServerOutput(process);
    }

    public ServerOutput Printed { get; }

    /// <summary>Starts the server on a configuration directory and waits for its announcement.</summary>
    /// <param name="port">the port the announcement must name.</param>
    public static Task<PosternProcess> StartAsync(string configuration, int port) =>
        StartAsync("dotnet", [Repository.Program, "serve", "--config", configuration], directory: null, port);

    /// <summary>Starts a command that ends in <c>postern serve</c>.</summary>
    public static async Task<PosternProcess> StartAsync(string file, IEnumerable<string> arguments, string? directory, int port)
    {
        PosternProcess server = new(ExternalProgram.Start(file, arguments, directory));
        try
        {
            string number = port.ToString(System.Globalization.CultureInfo.InvariantCulture);
            await Eventually.HoldsAsync($"the server announces port {number}", () =>
            {
                if (server._process.HasExited) Assert.Fail($"the server ended with code {server._process.ExitCode}\n{server.Printed}");
                return server.Printed.Output.Any(line => line.Contains(number, StringComparison.Ordinal));
            });
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Octets of its memory that no file stands behind.</summary>
    public long AnonymousMemory()
    {
        const string Field = "RssAnon:";
        string line = File.ReadLines($"/proc/{_process.Id}/status").Single(l => l.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), System.Globalization.CultureInfo.InvariantCulture) * 1024;
    }

    /// <summary>SIGTERM, and the exit code once it has stopped.</summary>
    public async Task<int> StopAsync()
    {
        await SignalAsync("TERM");
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGKILL: the server gets no chance to put anything in order.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>SIGHUP.</summary>
    public Task ReloadAsync() => SignalAsync("HUP");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
    }

    private async Task SignalAsync(string signal)
    {
        string id = _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture);
        (await ExternalProgram.RunAsync("bash", ["-c", $"kill -s {signal} {id}"])).Exits(0);
    }
}
