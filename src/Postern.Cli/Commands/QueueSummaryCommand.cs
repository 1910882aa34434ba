using System.CommandLine;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary>
/// <c>postern queue summary</c>: totals by channel, next hop or envelope sender. The store keeps the first two, so a long queue is summed up as fast as a short one; for senders every
/// entry is read.
/// </summary>
internal static class QueueSummaryCommand
{
    public static Command Build(GlobalOptions options)
    {
        Option<string> by = new("--by") { Description = "channel, host or from", DefaultValueFactory = _ => "channel" };
        by.AcceptOnlyFromAmong("channel", "host", "from");
        Option<string?> channel = new("--channel") { Description = "only this destination channel", HelpName = "C" };
        Option<int> limit = new("--limit") { Description = "at most so many hosts or senders", DefaultValueFactory = _ => 1000 };
        Command command = new("summary", "totals by channel, by next hop or by envelope sender") { by, channel, limit };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            IReadOnlyList<ChannelTotal> channels = [];
            IReadOnlyList<HostTotal> hosts = [];
            SenderTotals senders = new();
            IReadOnlyList<string> stopped = [], stoppedHosts = [];
            await using IQueueView? queue = new QueueAccess(options.Directory(parsed), snapshot).OpenView();
            if (queue is not null)
            {
                stopped = await queue.StoppedAsync(cancellation);
                stoppedHosts = await queue.StoppedHostsAsync(cancellation);
                switch (parsed.GetValue(by))
                {
                    case "host":
                        hosts = await queue.HostTotalsAsync(parsed.GetValue(channel), parsed.GetValue(limit), cancellation);
                        break;
                    case "from":
                        await foreach (QueueEntry entry in queue.ListAsync(new QueueFilter { Channel = parsed.GetValue(channel) }, cancellation)) senders.Add(entry);
                        break;
                    default:
                        channels = [.. (await queue.TotalsAsync(cancellation)).Where(t => IsWanted(t.Channel, parsed.GetValue(channel)))];
                        break;
                }
            }

            IReadOnlyList<SenderTotal> top = senders.Top(parsed.GetValue(limit));

            TextWriter output = parsed.InvocationConfiguration.Output;
            if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => QueueJson.WriteSummary(json, channels, hosts, top, senders.Missed, stopped, stoppedHosts));
            else if (parsed.GetValue(by) == "host") WriteHosts(output, hosts, stoppedHosts);
            else if (parsed.GetValue(by) == "from") WriteSenders(output, top);
            else WriteChannels(output, channels, stopped);
            if (senders.Missed > 0)
                parsed.InvocationConfiguration.Error.WriteLine($"more than {FrequencyCount.DefaultLimit} senders: those with the fewest recipients were not kept, and a total may be too low by up to {senders.Missed} recipients");
            return ExitCode.Done;
        });
        return command;
    }

    private static bool IsWanted(string channel, string? wanted) => wanted is null || string.Equals(channel, wanted, StringComparison.OrdinalIgnoreCase);

    private static void WriteChannels(TextWriter output, IReadOnlyList<ChannelTotal> totals, IReadOnlyList<string> stopped)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        output.WriteLine($"{"channel",-16}  {Heading}  {"copies",9}  {"octets",13}  {"oldest",7}");
        foreach (ChannelTotal t in totals)
            output.WriteLine($"{t.Channel,-16}  {Line(t.Recipients)}  {t.Copies,9}  {t.Octets,13}  {AgeArgument.Text(now - t.Oldest),7}{(stopped.Contains(t.Channel, StringComparer.OrdinalIgnoreCase) ? "  stopped" : "")}");
        output.WriteLine($"{"total",-16}  {Line(Sum(totals.Select(t => t.Recipients)))}  {totals.Sum(t => t.Copies),9}  {totals.Sum(t => t.Octets),13}");
        foreach (string channel in stopped.Where(s => !totals.Any(t => IsWanted(t.Channel, s)))) output.WriteLine($"{channel} is stopped");
    }

    private static void WriteHosts(TextWriter output, IReadOnlyList<HostTotal> totals, IReadOnlyList<string> stopped)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        output.WriteLine($"{"channel",-16}  {Heading}  {"oldest",7}  host");
        foreach (HostTotal t in totals) output.WriteLine($"{t.Channel,-16}  {Line(t.Recipients)}  {AgeArgument.Text(now - t.Oldest),7}  {t.Host}{(stopped.Contains(t.Host, StringComparer.OrdinalIgnoreCase) ? "  stopped" : "")}");
        foreach (string host in stopped.Where(s => !totals.Any(t => IsWanted(t.Host, s)))) output.WriteLine($"{host} is stopped");
    }

    private static void WriteSenders(TextWriter output, IReadOnlyList<SenderTotal> totals)
    {
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        output.WriteLine($"{Heading}  {"copies",9}  {"octets",13}  {"oldest",7}  from");
        foreach (SenderTotal t in totals)
            output.WriteLine($"{Line(t.Recipients)}  {t.Copies,9}  {t.Octets,13}  {AgeArgument.Text(now - t.Oldest),7}  {(t.From.Length == 0 ? "<>" : t.From)}");
    }

    private static string Heading => $"{"active",9}  {"delayed",9}  {"claimed",9}  {"held",9}";

    private static string Line(RecipientCounts counts) => $"{counts.Active,9}  {counts.Delayed,9}  {counts.Claimed,9}  {counts.Held,9}";

    private static RecipientCounts Sum(IEnumerable<RecipientCounts> counts) => counts.Aggregate(
        new RecipientCounts(0, 0, 0, 0, 0),
        (a, b) => new RecipientCounts(a.Active + b.Active, a.Delayed + b.Delayed, a.Claimed + b.Claimed, a.Held + b.Held, a.Done + b.Done));
}
