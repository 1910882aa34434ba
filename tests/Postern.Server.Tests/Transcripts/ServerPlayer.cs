using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Postern.Policy.Configuration;
using Postern.Server.Listening;
using Postern.Server.Tests.Harness;
using Postern.Smtp.Session;
using Postern.Smtp.Tests.Conformance;

namespace Postern.Server.Tests.Transcripts;

/// <summary>Runs a transcript through a whole server without sockets: policy, queue and the session's clock are the real ones, time stands still.</summary>
internal sealed partial class ServerPlayer(ServerTranscript transcript, ServerBench bench, FailingQueue disk) : IAsyncDisposable
{
    private Connection? _connection;

    public static ServerPlayer Of(ServerTranscript transcript)
    {
        FailingQueue? disk = null;
        ServerBench bench = new(SnapshotOf(transcript), withTls: true, dns: DnsOf(transcript), disk: queue => disk = new FailingQueue(queue));
        return new ServerPlayer(transcript, bench, disk!);
    }

    /// <returns>the dialogue as it went, in the form of the transcript.</returns>
    public async Task<List<string>> PlayAsync()
    {
        List<string> log = [];
        foreach (string line in transcript.Dialogue)
        {
            switch (line[0])
            {
                case 'C':
                    await Open().SendAsync(Case.Unescape(line.Length > 3 ? line[3..] : "").Replace("|", "\r\n", StringComparison.Ordinal) + "\r\n");
                    log.Add(line);
                    break;
                case 'E':
                    await HappenAsync(line[3..]);
                    log.Add(line);
                    break;
                case 'S':
                    log.Add(await ReplyAsync());
                    break;
            }
        }

        return log;
    }

    public ValueTask DisposeAsync() => bench.DisposeAsync();

    private Connection Open(string? early = null)
    {
        if (_connection is not null) return _connection;
        string? presumed = transcript.All("presumed").SingleOrDefault();
        PeerRights rights = transcript.All("rights").Aggregate(PeerRights.None, (all, one) => all | Enum.Parse<PeerRights>(one));
        return _connection = bench.Connect(
            transcript.All("client").SingleOrDefault() ?? ServerBench.Outsider,
            transcript.All("service").SingleOrDefault() ?? "smtp",
            early,
            presumed: presumed is null ? null : ("TLS1.3:TLS_AES_256_GCM_SHA384", presumed == "tls" ? null : presumed),
            rights: rights,
            moveTo: transcript.All("places").SingleOrDefault() is { } refusal ? _ => ConnectionReplies.Of(Enum.Parse<ConnectionRefusal>(refusal)) : null);
    }

    private async Task<string> ReplyAsync() => await Open().LineAsync() is { } line ? $"S: {Id().Replace(line, "queued as ID")}" : "S: (closed)";

    /// <summary><c>talks early TEXT</c>, <c>silence 5m</c> (somebody waits so long, and it passes), <c>waits 5m</c>, <c>passes 5m</c>, <c>hangs up</c>, <c>stopping</c>, <c>disk full</c>, <c>disk breaks</c>.</summary>
    private async Task HappenAsync(string what)
    {
        switch (what.Split(' ', 2))
        {
            case ["talks", var text]:
                Open(text["early ".Length..] + "\r\n");
                break;
            case ["silence", var time]:
                Open();
                await bench.Time.TimerAsync(SpanOf(time));
                bench.Time.Advance(SpanOf(time));
                break;
            case ["waits", var time]:
                await bench.Time.TimerAsync(SpanOf(time));
                break;
            case ["passes", var time]:
                bench.Time.Advance(SpanOf(time));
                break;
            case ["hangs", "up"]:
                await Open().HangUpAsync();
                break;
            case ["stopping"]:
                bench.Stop();
                break;
            case ["disk", "full"]:
                disk.Room = -1;
                break;
            case ["disk", "breaks"]:
                disk.IsBroken = true;
                break;
            default:
                throw new InvalidDataException($"unknown event \"{what}\"");
        }
    }

    private static TimeSpan SpanOf(string text)
    {
        Match match = Span().Match(text);
        double number = double.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
        return match.Groups[2].Value switch
        {
            "ms" => TimeSpan.FromMilliseconds(number),
            "s" => TimeSpan.FromSeconds(number),
            "m" => TimeSpan.FromMinutes(number),
            _ => throw new InvalidDataException($"no time: \"{text}\""),
        };
    }

    private static ConfigurationSnapshot SnapshotOf(ServerTranscript transcript)
    {
        List<(string, Func<string, string>)> changes = [("option.dat", text => $"{text}\nREPLY_ID=0\n{string.Join('\n', transcript.All("option"))}\n")];
        foreach (string channel in transcript.All("channel"))
        {
            string[] words = channel.Split(' ', 2);
            changes.Add(("postern.cnf", text => Site.WithOptions(text, words[0], words[1])));
        }

        foreach (string table in transcript.All("table"))
        {
            string[] words = table.Split(' ', 2);
            changes.Add(("mappings", text => text.Contains($"\n{words[0]}\n", StringComparison.Ordinal)
                ? text.Replace($"\n{words[0]}\n\n", $"\n{words[0]}\n\n  {words[1]}\n", StringComparison.Ordinal)
                : $"{text}\n{words[0]}\n\n  {words[1]}\n"));
        }

        foreach (string file in transcript.All("file"))
        {
            string[] words = file.Split(' ', 2);
            changes.Add((words[0], text => $"{text}\n{Case.Unescape(words[1])}\n"));
        }

        return Site.Snapshot([.. changes.GroupBy(c => c.Item1).Select(g => (g.Key, (Func<string, string>)(text => g.Aggregate(text, (t, c) => c.Item2(t)))))]);
    }

    /// <summary><c>mx NAME RECORD</c>, <c>host NAME ADDRESS</c>; a name that is not mentioned does not exist.</summary>
    private static ScriptedDns DnsOf(ServerTranscript transcript) => transcript.All("dns").Select(l => l.Split(' ', 3)).Aggregate(new ScriptedDns(), (dns, words) => words[0] switch
    {
        "mx" => dns.Mx(words[1], words[2]),
        "host" => dns.Host(words[1], words[2]),
        _ => throw new InvalidDataException($"unknown record \"{words[0]}\""),
    });

    [GeneratedRegex("queued as [0-9A-Z]+$")]
    private static partial Regex Id();

    [GeneratedRegex("^([0-9.]+)(ms|s|m)$")]
    private static partial Regex Span();
}
