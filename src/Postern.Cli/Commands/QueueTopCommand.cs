using System.Collections.Frozen;
using System.CommandLine;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern queue top</c>: what the queued recipients have in common most often. Every entry of the selection is read, for subjects also the header of its message; the counts are bounded (<see cref="FrequencyCount"/>).</summary>
internal static class QueueTopCommand
{
    private const string Subject = "subject";

    private static readonly FrozenDictionary<string, Func<QueueEntry, string>> Keys = new Dictionary<string, Func<QueueEntry, string>>(StringComparer.Ordinal)
    {
        ["from"] = e => e.ReversePath.Length == 0 ? "<>" : e.ReversePath,
        ["from-domain"] = e => e.ReversePath.Length == 0 ? "<>" : Domain(e.ReversePath),
        ["to"] = e => e.Recipient,
        ["to-domain"] = e => Domain(e.Recipient),
        ["host"] = e => e.Host,
        ["channel"] = e => e.Channel,
        ["client"] = e => e.Client.Split('|') is [_, _, _, var address, ..] ? address : e.Client,
        ["reply"] = e => e.HoldReason ?? e.LastReply ?? "-",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static Command Build(GlobalOptions options)
    {
        QueueSelection selection = new();
        Option<string> by = new("--by") { Description = "what to count", DefaultValueFactory = _ => "from" };
        by.AcceptOnlyFromAmong([.. Keys.Keys.Append(Subject).Order(StringComparer.Ordinal)]);
        Option<int> count = new("--n", "-n") { Description = "so many lines", DefaultValueFactory = _ => 20 };
        Command command = new("top", "the most frequent senders, recipients, domains, hosts, clients, subjects or replies") { by, count };
        selection.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            Func<QueueEntry, string>? key = Keys.GetValueOrDefault(parsed.GetValue(by)!);
            FrequencyCount counts = new();
            await using IQueueView? queue = new QueueAccess(options.Directory(parsed), snapshot).OpenView();
            if (queue is not null)
            {
                SubjectReader subjects = new(queue);
                await foreach (QueueEntry entry in queue.ListAsync(selection.Filter(parsed, TimeProvider.System.GetUtcNow()), cancellation))
                    counts.Add(key is null ? await subjects.OfAsync(entry, cancellation) : key(entry));
            }

            KeyValuePair<string, int>[] top = counts.Top(parsed.GetValue(count));
            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => QueueJson.WriteTop(json, parsed.GetValue(by)!, top, counts.Missed));
            else foreach ((string value, int recipients) in top) output.WriteLine($"{recipients,9}  {value}");
            if (counts.Missed > 0)
                parsed.InvocationConfiguration.Error.WriteLine($"more than {FrequencyCount.DefaultLimit} different values: the rarest were not kept, and a count may be too low by up to {counts.Missed}");
            return ExitCode.Done;
        });
        return command;
    }

    private static string Domain(string address) => address[(address.LastIndexOf('@') + 1)..];
}
