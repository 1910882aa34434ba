using Postern.Bench.Beside;

namespace Postern.Bench.Load;

/// <summary>Servers measured in turns, so that whatever else the machine does strikes all of them; the first one is compared with the others.</summary>
internal static class Alternation
{
    public const string Head = "| | Postern | Postfix | times as many | smtp-sink | Postern's processor time | Postfix's | of it |\n| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |";

    /// <summary>One row of a table with <see cref="Head"/>: warms every server up, then takes rounds.</summary>
    public static string Row(string what, IReadOnlyList<IMailServer> servers, Func<IMailServer, TimeSpan, Sample> take)
    {
        foreach (IMailServer server in servers) take(server, BenchSettings.Run / 2);
        List<(string Name, Sample Sample)> samples = [];
        for (int round = 0; round < BenchSettings.Rounds; round++)
        {
            foreach (IMailServer server in servers) samples.Add((server.Name, take(server, BenchSettings.Run)));
        }

        Dictionary<string, Sample> medians = samples.GroupBy(s => s.Name).ToDictionary(g => g.Key, g => Sample.Median(g.Select(s => s.Sample)));
        Sample postern = medians["Postern"];
        string row = $"| {what} | {postern.Rate:N0}/s ";
        row += medians.TryGetValue("Postfix", out Sample postfix) ? $"| {postfix.Rate:N0}/s | {postern.Rate / postfix.Rate:0.0} " : "| - | - ";
        row += medians.TryGetValue("smtp-sink", out Sample sink) ? $"| {sink.Rate:N0}/s " : "| - ";
        row += $"| {postern.Cpu.TotalMicroseconds:N0} µs ";
        return row + (postfix.Rate > 0 ? $"| {postfix.Cpu.TotalMicroseconds:N0} µs | 1/{postfix.Cpu / postern.Cpu:0.0} |" : "| - | - |");
    }

    public static void DisposeAll(IEnumerable<IMailServer> servers)
    {
        foreach (IMailServer server in servers) server.Dispose();
    }
}
