using System.CommandLine;
using System.Text.Json;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern counters</c>: what the running server has counted since it started.</summary>
internal static class CountersCommand
{
    public static Command Build(GlobalOptions options)
    {
        Command command = new("counters", "what the running server has counted");
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            RunningServer server = new(new DataDirectory(options.Directory(parsed), snapshot), snapshot.Options.ConsolePort);
            using JsonDocument counters = JsonDocument.Parse(await server.GetAsync("/counters", cancellationToken));
            if (parsed.GetValue(options.Json)) JsonOutput.Write(parsed.InvocationConfiguration.Output, counters.WriteTo);
            else WriteTable(parsed.InvocationConfiguration.Output, counters.RootElement);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteTable(TextWriter output, JsonElement counters)
    {
        output.WriteLine($"since {counters.GetProperty("start_time").GetString()}");
        output.WriteLine();
        output.WriteLine($"{"service",-24}  {"connections",12}");
        foreach (JsonElement listener in counters.GetProperty("listeners").EnumerateArray())
            output.WriteLine($"{listener.GetProperty("service").GetString(),-24}  {listener.GetProperty("connections").GetInt32(),12}");
        output.WriteLine();
        output.WriteLine($"{"throttle",-24}  {"entries",12}  {"counted",12}  {"over",12}  {"evicted",12}");
        foreach (JsonElement table in counters.GetProperty("throttles").EnumerateArray())
        {
            output.WriteLine(
                $"{table.GetProperty("table").GetString(),-24}  {table.GetProperty("entries").GetInt64(),12}  {table.GetProperty("counted").GetInt64(),12}  {table.GetProperty("over").GetInt64(),12}  {table.GetProperty("evicted").GetInt64(),12}");
        }
    }
}
