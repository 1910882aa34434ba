using System.CommandLine;
using System.Globalization;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern queue list</c>: one line per queued copy and recipient.</summary>
internal static class QueueListCommand
{
    public static Command Build(GlobalOptions options)
    {
        Option<string?> channel = new("--channel") { Description = "only this destination channel", HelpName = "C" };
        Option<int> limit = new("--limit") { Description = "at most so many lines", DefaultValueFactory = _ => 1000 };
        Command command = new("list", "list what is queued") { channel, limit };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            TextWriter output = parsed.InvocationConfiguration.Output;
            string directory = new DataDirectory(options.Directory(parsed), snapshot).Queue;
            List<QueueEntry> entries = [];
            if (SqliteQueueStore.Exists(directory))
            {
                await using IQueueView queue = SqliteQueueStore.OpenReadOnly(directory);
                await foreach (QueueEntry entry in queue.ListAsync(new QueueFilter { Channel = parsed.GetValue(channel), Limit = parsed.GetValue(limit) }, cancellation))
                    entries.Add(entry);
            }

            if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => QueueJson.WriteList(json, entries));
            else WriteTable(output, entries);
            return ExitCode.Done;
        });
        return command;
    }

    private static void WriteTable(TextWriter output, List<QueueEntry> entries)
    {
        output.WriteLine($"{"id",-16}  {"channel",-12}  {"state",-9}  {"size",9}  {"att",3}  {"next",-20}  from -> to");
        foreach (QueueEntry e in entries)
        {
            string next = e.State == RecipientState.Queued ? e.Next.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "-";
            string from = e.ReversePath.Length == 0 ? "<>" : e.ReversePath;
            output.WriteLine($"{e.Id,-16}  {e.Channel,-12}  {e.State.ToString().ToLowerInvariant(),-9}  {e.Size,9}  {e.Attempts,3}  {next,-20}  {from} -> {e.Recipient}");
        }

        output.WriteLine($"{entries.Count} recipients");
    }
}
