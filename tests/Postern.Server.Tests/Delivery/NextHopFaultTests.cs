using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;
using Postern.Tests;

namespace Postern.Server.Tests.Delivery;

/// <summary>A next hop that answers, closes, hangs, floods or talks nonsense in each phase: <c>conformance/delivery/next-hop.case</c>.</summary>
public sealed partial class NextHopFaultTests
{
    /// <summary>What the system keeps of a flood for a client that reads no more is some MiB.</summary>
    private const long LargestFlood = 32 * 1024 * 1024;

    private static readonly string[] Phases = ["GREETING", "EHLO", "HELO", "STARTTLS", "MAIL", "RCPT", "DATA", "DOT", "RSET", "QUIT"];
    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();
    private static readonly ChannelDefinition Channel = Snapshot.Channels.FindByName(new ChannelName("tcp_local"))! with { MasterDebug = true };

    private static readonly IReadOnlyDictionary<string, CaseText> Cases =
        CaseText.Read("delivery/next-hop.case", k => k is "name" or "source" or "want" or "wait" || Phases.Contains(k), c => c);

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Next_hop_is_classified(string name)
    {
        CaseText given = Cases[name];
        (string, string[])[] script = [.. Phases.Where(p => given.One(p) is not null).Select(p => (p, Lines(given, p).Select(Unescape).ToArray()))];
        string[] wanted = Lines(given, "want");
        FakeTime time = new();
        KeptLog dialogue = new();
        await using SmtpSink sink = new(script);

        // Longer than what the system takes off a client's hands for a host that reads nothing.
        string content = script.Any(s => s.Item2.Any(r => r.EndsWith(SmtpSink.Stall, StringComparison.Ordinal)))
            ? string.Concat(Enumerable.Repeat(new string('x', 900) + "\r\n", 40_000))
            : Attempts.Letter;
        Task<ImmutableArray<RecipientOutcome>> delivery = new SmtpDelivery(new FixedRoute(sink.Target), time, dialogue).DeliverAsync(
            Attempts.For(Snapshot, Channel, wanted.Select((_, i) => $"u{i}@x.test"), content), TestContext.Current.CancellationToken);
        if (given.One("wait") is { } wait)
        {
            await SilenceAsync(sink, dialogue, delivery);
            Func<SmtpSink, FakeTime, TimeSpan, Task, Task> exhaust = script.Any(s => s.Item2.Any(r => r.EndsWith(SmtpSink.Drip, StringComparison.Ordinal))) ? DripAsync : ExhaustAsync;
            await exhaust(sink, time, System.Xml.XmlConvert.ToTimeSpan(wait), delivery);
        }

        ImmutableArray<RecipientOutcome> outcomes = await delivery;
        Assert.Equal(wanted, outcomes.Zip(Attempts.Words(outcomes), (o, word) => o is RecipientOutcome.Deferred { HostFault: true } ? $"{word} host" : word));
        Assert.InRange(sink.Flooded, 0, LargestFlood);
    }

    [Fact]
    public async Task Host_that_does_not_speak_SMTP_is_told_of_once_after_ten_attempts_in_a_row()
    {
        KeptLog log = new();
        await using SmtpSink sink = new(("GREETING", [.. Enumerable.Repeat("garbage", 9), "220 sink.test", .. Enumerable.Repeat("garbage", 12)]));
        SmtpDelivery delivery = new(new FixedRoute(sink.Target), TimeProvider.System, log);
        List<int> warned = [];
        for (int i = 0; i < 22; i++)
        {
            await delivery.DeliverAsync(Attempts.For(Snapshot, Channel, ["a@x.test"]), TestContext.Current.CancellationToken);
            if (log.Lines.Count(l => l.Contains("does not speak SMTP", StringComparison.Ordinal)) > warned.Count) warned.Add(i);
        }

        Assert.Equal([19], warned);
    }

    /// <summary>Until the host has gone silent, or waits to drip, and the client has read all it said before.</summary>
    private static async Task SilenceAsync(SmtpSink sink, KeptLog dialogue, Task delivery)
    {
        await sink.Silent;
        await Task.WhenAny(delivery, dialogue.HoldsAsync(sink.Replies, ": < ", TestContext.Current.CancellationToken));
    }

    /// <summary>Moves the clock as far as the client's patience reaches.</summary>
    private static async Task ExhaustAsync(SmtpSink sink, FakeTime time, TimeSpan patience, Task delivery)
    {
        while (!delivery.IsCompleted)
        {
            await Task.WhenAny(delivery, time.TimerAsync(patience));
            if (!delivery.IsCompleted) time.Advance(patience);
        }
    }

    /// <summary>Gives the client an octet of the reply now and then while its patience lasts, and the rest too late.</summary>
    private static async Task DripAsync(SmtpSink sink, FakeTime time, TimeSpan patience, Task delivery)
    {
        const int Drops = 5;
        await Task.WhenAny(delivery, time.TimerAsync(patience));
        for (int i = 0; i < Drops; i++)
        {
            sink.LetDrip(1);
            time.Advance(patience / Drops);
        }

        sink.LetDrip(1000);
        await delivery;
    }

    private static string[] Lines(CaseText given, string key) => given.One(key)!.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string Unescape(string text) => Escape().Replace(text, m => m.Value switch
    {
        "\\r" => "\r",
        "\\n" => "\n",
        _ => ((char)int.Parse(m.ValueSpan[2..], NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToString(),
    });

    [GeneratedRegex(@"\\r|\\n|\\x[0-9a-f]{2}")]
    private static partial Regex Escape();
}
