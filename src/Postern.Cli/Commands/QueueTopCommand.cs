using System.CommandLine;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern queue top</c>: what the queued recipients have in common most often. Every entry of the selection is read; of the counts only one for each value is kept.</summary>
internal static class QueueTopCommand
{
    private static readonly Dictionary<string, Func<QueueEntry, string>> Keys = new(StringComparer.Ordinal)
    {
        ["from"] = e => e.ReversePath.Length == 0 ? "<>" : e.ReversePath,
        ["from-domain"] = e => e.ReversePath.Length == 0 ? "<>" : Domain(e.ReversePath),
        ["to"] = e => e.Recipient,
        ["to-domain"] = e => Domain(e.Recipient),
        ["host"] = e => e.Host,
        ["channel"] = e => e.Channel,
        ["client"] = e => e.Client.Split('|') is [_, _, _, var address, ..] ? address : e.Client,
        ["reply"] = e => e.HoldReason ?? e.LastReply ?? "-",
    };

    public static Command Build(GlobalOptions options)
    {
        QueueSelection selection = new();
        Option<string> by = new("--by") { Description = "what to count", DefaultValueFactory = _ => "from" };
        by.AcceptOnlyFromAmong([.. Keys.Keys]);
        Option<int> count = new("--n", "-n") { Description = "so many lines", DefaultValueFactory = _ => 20 };
        Command command = new("top", "the most frequent senders, recipients, domains, hosts, clients or replies") { by, count };
        selection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            Func<QueueEntry, string> key = Keys[parsed.GetValue(by)!];
            Dictionary<string, int> counts = new(StringComparer.OrdinalIgnoreCase);
            await using IQueueView? queue = new QueueAccess(options.Directory(parsed), snapshot).OpenView();
            if (queue is not null)
            {
                await foreach (QueueEntry entry in queue.ListAsync(selection.Filter(parsed, TimeProvider.System.GetUtcNow()), cancellation))
                    counts[key(entry)] = counts.GetValueOrDefault(key(entry)) + 1;
            }

            KeyValuePair<string, int>[] top = [.. counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Take(parsed.GetValue(count))];
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => QueueJson.WriteTop(json, parsed.GetValue(by)!, top));
            else foreach ((string value, int recipients) in top) output.WriteLine($"{recipients,9}  {value}");
            return ExitCode.Done;
        });
        return command;
    }

    private static string Domain(string address) => address[(address.LastIndexOf('@') + 1)..];
}
