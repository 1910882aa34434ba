using System.Text;
using Microsoft.Extensions.Logging.Abstractions;
using MimeKit;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Delivery;

/// <summary>What a next hop says reaches queue, logs and notifications as one line of bounded length, and nothing of it is more than text.</summary>
public sealed class HostileReplyTests
{
    /// <summary>Octets of a line of a notification (RFC 5322 §2.1.1).</summary>
    private const int LongestLine = 998;

    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", "nosendpost notls master_debug")));

    public static TheoryData<string, string, bool> Replies
    {
        get
        {
            TheoryData<string, string, bool> data = [];
            foreach (string phase in (string[])["GREETING", "EHLO", "MAIL", "RCPT", "DATA", "DOT"])
            {
                foreach (bool isPermanent in (bool[])[false, true])
                {
                    string code = isPermanent ? "554" : "451";
                    string status = isPermanent ? "5.7.1" : "4.7.1";
                    data.Add(phase, $"{code}-{status} first\r\n{code} Bcc: victim@x.test", isPermanent);
                    data.Add(phase, $"{code} {status} a\rBcc: victim@x.test\u001b[2J\u0000\u0085\u2028\u2029b\r\r", isPermanent);
                    data.Add(phase, string.Concat(Enumerable.Repeat($"{code}-{status} {new string('x', 4000)}\r\n", 250)) + $"{code} end", isPermanent);
                    data.Add(phase, string.Concat(Enumerable.Repeat($"{code}-{string.Concat(Enumerable.Repeat("\U0001F600", 900))}\r\n", 250)) + $"{code} end", isPermanent);
                }
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Replies))]
    public async Task Words_of_a_host_stay_one_line_of_text(string phase, string reply, bool isPermanent)
    {
        KeptLog dialogue = new();
        byte[]? told = null;
        await using SmtpSink sink = new((phase, [reply]));
        await using DeliveryBench bench = new(
            _ => new RecipientOutcome.Delivered("never"),
            attempt =>
            {
                using MemoryStream copy = new();
                using Stream stream = attempt.OpenMessage(default).Result;
                stream.CopyTo(copy);
                told = copy.ToArray();
                return new RecipientOutcome.Delivered("stored");
            },
            Snapshot,
            program: time => new SmtpDelivery(new FixedRoute(sink.Target), time, dialogue));
        QueueId id = await bench.EnqueueAsync("tcp_local", "kim@y.test", "bob@example.com");
        if (isPermanent)
        {
            await bench.SettledAsync(id, null);
            await bench.EmptyAsync();
            AssertTame(told!);
        }
        else
        {
            AssertTame((await bench.SettledAsync(id, RecipientState.Queued))!.LastReply!);
            Assert.All(await bench.Queue.HistoryAsync(id, TestContext.Current.CancellationToken), a => AssertTame(a.Reply));
        }

        Assert.NotEmpty(dialogue.Lines);
        Assert.All(dialogue.Lines, AssertTame);
        string[] transactions = await bench.TransactionsAsync(1);
        await bench.Log.HoldsAsync(1, "to=kim@y.test", TestContext.Current.CancellationToken);
        Assert.All(bench.Log.Lines, AssertTame);
        Assert.All(transactions, l => Assert.InRange(Encoding.UTF8.GetByteCount(l), 1, 4096));
    }

    [Theory]
    [InlineData("250-taken\r\n250 Bcc: victim@x.test")]
    [InlineData("250 a\rBcc: victim@x.test\u001b[2J")]
    public async Task Words_of_a_host_that_took_the_message_stay_one_line_too(string reply)
    {
        await using SmtpSink sink = new(("DOT", [reply]));
        RecipientOutcome.Delivered delivered = Assert.IsType<RecipientOutcome.Delivered>(Assert.Single(await new SmtpDelivery(new FixedRoute(sink.Target), TimeProvider.System, NullLogger.Instance)
            .DeliverAsync(Attempts.For(Snapshot, Snapshot.Channels.FindByName(new("tcp_local"))!, ["a@x.test"]), TestContext.Current.CancellationToken)));
        AssertTame(delivered.Reply);
        AssertTame(delivered.Remote!.ToString());
    }

    private static void AssertTame(string line)
    {
        Assert.DoesNotContain(line, c => char.IsControl(c) || c is '\u2028' or '\u2029');
        Assert.InRange(Encoding.UTF8.GetByteCount(line), 1, LongestLine);
    }

    private static void AssertTame(byte[] notification)
    {
        Assert.All(Encoding.UTF8.GetString(notification).Split("\r\n"), l => Assert.InRange(Encoding.UTF8.GetByteCount(l), 0, LongestLine));
        Assert.DoesNotContain(notification, o => o < ' ' && o is not ((byte)'\r' or (byte)'\n' or (byte)'\t'));
        using MemoryStream stream = new(notification);
        using MimeMessage message = MimeMessage.Load(stream);
        Assert.Null(message.Headers["Bcc"]);
        MultipartReport report = Assert.IsType<MultipartReport>(message.Body);
        HeaderList status = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups[1];
        Assert.Null(status["Bcc"]);
        AssertTame(status["Diagnostic-Code"]!);
        Assert.DoesNotContain(((TextPart)report[0]).Text.Split('\n'), l => l.TrimStart().StartsWith("Bcc", StringComparison.Ordinal));
    }
}
