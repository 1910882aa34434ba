using System.CommandLine;
using System.Globalization;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary>
/// <c>postern queue list</c>: one line per queued copy and recipient, oldest message first or as asked. A sorted listing reads all that is chosen and keeps no more than it shows.
/// </summary>
internal static class QueueListCommand
{
    public static Command Build(GlobalOptions options)
    {
        QueueSelection selection = new();
        Option<int> limit = new("--limit") { Description = "at most so many lines", DefaultValueFactory = _ => 1000 };
        Option<string?> sort = new("--sort") { Description = "by age (oldest first), size (largest first), attempts (most first), next (first to be due), from, to, host, channel or state", HelpName = "FIELD" };
        sort.AcceptOnlyFromAmong(QueueSort.Fields);
        Option<bool> reverse = new("--reverse") { Description = "the other way round; without --sort the newest message first" };
        Command command = new("list", "list what is queued, oldest message first") { limit, sort, reverse };
        selection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            TextWriter output = parsed.InvocationConfiguration.Output;
            DateTimeOffset now = TimeProvider.System.GetUtcNow();
            IReadOnlyList<QueueEntry> entries = [];
            await using IQueueView? queue = new QueueAccess(options.Directory(parsed), snapshot).OpenView();
            if (queue is not null)
            {
                string? field = parsed.GetValue(sort) ?? (parsed.GetValue(reverse) ? "age" : null);
                IComparer<QueueEntry>? order = field is null ? null : QueueSort.By(field, parsed.GetValue(reverse));
                entries = await ReadAsync(queue, selection.Filter(parsed, now), parsed.GetValue(limit), order, cancellation);
            }

            if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => QueueJson.WriteList(json, entries));
            else WriteTable(output, entries, now);
            return ExitCode.Done;
        });
        return command;
    }

    private static async Task<IReadOnlyList<QueueEntry>> ReadAsync(IQueueView queue, QueueFilter filter, int limit, IComparer<QueueEntry>? order, CancellationToken cancellation)
    {
        if (order is null) return await queue.ListAsync(filter with { Limit = limit }, cancellation).ToArrayAsync(cancellation);
        FirstInOrder<QueueEntry> first = new(limit, order);
        await foreach (QueueEntry entry in queue.ListAsync(filter, cancellation)) first.Add(entry);
        return first.Values();
    }

    public static void WriteTable(TextWriter output, IReadOnlyCollection<QueueEntry> entries, DateTimeOffset now)
    {
        output.WriteLine($"{"id",-16}  {"channel",-12}  {"state",-9}  {"size",9}  {"age",7}  {"att",3}  {"next",-20}  from -> to");
        foreach (QueueEntry e in entries)
        {
            string next = e.State == RecipientState.Queued ? e.Next.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture) : "-";
            string from = e.ReversePath.Length == 0 ? "<>" : e.ReversePath;
            output.WriteLine(
                $"{e.Id,-16}  {e.Channel,-12}  {QueueJson.Name(e.State),-9}  {e.Size,9}  {AgeArgument.Text(now - e.Received),7}  {e.Attempts,3}  {next,-20}  {from} -> {e.Recipient}");
        }

        output.WriteLine($"{entries.Count} recipients");
    }
}
