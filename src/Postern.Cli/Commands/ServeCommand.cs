using System.CommandLine;
using Microsoft.Extensions.Hosting.Systemd;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Server.Operations;
using Postern.WebConsole;

namespace Postern.Cli.Commands;

/// <summary><c>postern serve</c>: the MTA in the foreground. SIGTERM and SIGINT stop it gracefully, SIGHUP reloads.</summary>
internal static class ServeCommand
{
    public static Command Build(GlobalOptions options)
    {
        Command command = new("serve", "run the MTA in the foreground");
        command.SetAction((parsed, cancellation) => RunAsync(parsed, options, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, GlobalOptions options, CancellationToken cancellationToken)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        TextWriter error = parsed.InvocationConfiguration.Error;
        string directory = options.Directory(parsed);
        if (!Directory.Exists(directory) || !Directory.EnumerateFileSystemEntries(directory).Any())
        {
            if (!FirstRun.TryWrite(directory, FirstRun.Choices(), out string? fault))
            {
                error.WriteLine(fault);
                return ExitCode.Error;
            }

            output.WriteLine($"no configuration found: wrote the initial one to {directory}; it blocks relaying");
        }

        ConfigurationResult loaded = ConfigurationOnDisk.Load(directory, version: 1);
        foreach (Diagnostic diagnostic in loaded.Diagnostics) error.WriteLine(diagnostic);
        if (loaded.Snapshot is null)
        {
            error.WriteLine("not started: the configuration has errors");
            return ExitCode.Error;
        }

        try
        {
            await using PosternHost host = await PosternHost.StartAsync(
                directory, loaded.Snapshot, TimeProvider.System, kestrel => { }, ConsolePages.Map, cancellationToken);

            // Before anybody is told that we run: without a handler SIGHUP ends the process.
            await using ReloadSignal reload = new(() =>
            {
                foreach (string line in host.Reload().Lines()) error.WriteLine(line);
            });
            foreach (string line in host.Announcement()) output.WriteLine(line);
            await output.FlushAsync(cancellationToken);
            SystemdNotifier systemd = new();
            systemd.Notify(ServiceState.Ready);
            await host.WaitForStopAsync(cancellationToken);
            return ExitCode.Done;
        }
        catch (StartFailedException e)
        {
            error.WriteLine($"not started: {e.Message}");
            return ExitCode.Error;
        }
    }
}
