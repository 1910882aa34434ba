using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Dns;
using Postern.Server.Logs;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Logs;

/// <summary>Connections to next hops in the transaction log: opened and closed once each, or missed.</summary>
public sealed class HopRecordsTests : IDisposable
{
    private static readonly ConfigurationSnapshot Snapshot = Site.Snapshot();
    private static readonly ChannelDefinition Channel = Snapshot.Channels.FindByName(new ChannelName("tcp_local"))! with { TlsClient = TlsUse.No };

    private readonly TemporaryDirectory _directory = new();
    private LogOptions _options = new();

    private LogFiles Messages => new(_directory.Combine("mail.log_current"));

    private LogFiles Connections => new(_directory.Combine("connection.log_current"));

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Kept_connection_is_opened_and_closed_once_and_ties_its_deliveries_together()
    {
        await using SmtpSink sink = new(("RCPT", ["250 ok", "250 ok", "550 5.1.1 who?"]));
        ConfigurationSnapshot snapshot = Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "tcp_local", "maxjobs 1 notls")));
        await using DeliveryBench bench = new(
            _ => new RecipientOutcome.Delivered("ok"), snapshot: snapshot, logged: (time, log) => new SmtpDelivery(new FixedRoute(sink.Target), time, NullLogger.Instance, transactions: log));
        await bench.Queue.SetStoppedAsync("tcp_local", true, TestContext.Current.CancellationToken);
        for (int i = 0; i < 3; i++) await bench.EnqueueAsync("tcp_local", $"u{i}@y.test", from: "");
        await bench.Queue.SetStoppedAsync("tcp_local", false, TestContext.Current.CancellationToken);
        bench.Wake();
        await bench.TransactionsAsync(5);
        JsonElement[] records = await bench.RecordsAsync();
        Assert.Equal(["CE", "DE", "DE", "KE", "O"], records.Select(r => Of(r, "ac")).Order());
        Assert.Single(records.Select(r => Of(r, "si")).Distinct());
        JsonElement opened = records.Single(r => Of(r, "ac") == "O"), closed = records.Single(r => Of(r, "ac") == "CE");
        Assert.Equal(("co", "-", "tcp_local", "sink.test"), (Of(opened, "k"), Of(opened, "dr"), Of(opened, "sc"), Of(opened, "rm")));
        Assert.Equal(("QUIT", "SMTP/sink.test"), (Of(closed, "di"), Of(closed, "ap")));
        Assert.Matches($@"^TCP\|127\.0\.0\.1\|[0-9]+\|127\.0\.0\.1\|{sink.Target.Port}$", Of(opened, "tr"));
        Assert.All(records.Where(r => Of(r, "k") == "en"), r => Assert.Equal("sink.test", Of(r, "rm")));
    }

    /// <summary>Each connection that ends otherwise says how.</summary>
    [Theory]
    [InlineData("GREETING", $"421 4.3.2 closed for today{SmtpSink.Close}", "O,C", "421 4.3.2 closed for today")]
    [InlineData("GREETING", "554 5.3.2 go away", "O,C", "QUIT")]
    [InlineData("EHLO", SmtpSink.Close, "O,C", "the next hop closed the connection")]
    [InlineData("MAIL", "garbage", "O,CE", "not an SMTP reply: \"garbage\"")]
    [InlineData("DOT", SmtpSink.Close, "O,CE", "the next hop closed the connection")]
    [InlineData("DOT", $"421 4.3.2 enough{SmtpSink.Close}", "O,CE", "421 4.3.2 enough")]
    public async Task Reason_of_an_end_is_told(string phase, string answer, string actions, string reason)
    {
        await using SmtpSink sink = new((phase, [answer]));
        JsonElement[] records = await SendAsync(Channel, sink.Target);
        Assert.Equal(actions, string.Join(',', records.Select(r => Of(r, "ac"))));
        Assert.StartsWith(reason, Of(records[1], "di"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Own_content_that_cannot_be_read_is_the_reason()
    {
        await using SmtpSink sink = new();
        JsonElement[] records = await SendAsync(Channel, attempt => attempt with { OpenMessage = _ => throw new QueueReadException("damaged") }, sink.Target);
        Assert.Equal(["our message cannot be read"], records.Where(r => Of(r, "ac") == "CE").Select(r => Of(r, "di")));
    }

    [Fact]
    public async Task Handshake_that_fails_costs_a_second_connection()
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 STARTTLS", "250 sink.test"]), ("STARTTLS", [$"220 go{SmtpSink.Close}"]));
        JsonElement[] records = await SendAsync(Channel with { TlsClient = TlsUse.May }, sink.Target);
        Assert.Equal(["O", "CE", "O", "CE"], records.Select(r => Of(r, "ac")));
        Assert.Equal(2, records.Select(r => Of(r, "si")).Distinct().Count());
        Assert.StartsWith("TLS handshake with sink.test failed", Of(records[1], "di"), StringComparison.Ordinal);
        Assert.Equal("QUIT", Of(records[3], "di"));
    }

    [Fact]
    public async Task Host_that_speaks_TLS_or_LMTP_is_told_by_letters()
    {
        await using SmtpSink sink = new(("EHLO", ["250-sink.test\r\n250 STARTTLS"]), ("STARTTLS", [$"220 go{SmtpSink.Tls}"]));
        JsonElement closed = (await SendAsync(Channel with { TlsClient = TlsUse.May }, sink.Target))[1];
        Assert.Equal("CES", Of(closed, "ac"));
        Assert.StartsWith("TLS1.", Of(closed, "tl"), StringComparison.Ordinal);

        await using SmtpSink store = new(("LHLO", ["250 store.test"]));
        closed = (await SendAsync(Channel with { Lmtp = true }, store.Target))[^1];
        Assert.Equal(("CL", "LMTP/store.test"), (Of(closed, "ac"), Of(closed, "ap")));
    }

    [Fact]
    public async Task Every_host_that_cannot_be_connected_to_is_told()
    {
        NextHopTarget first, second;
        await using (SmtpSink one = new())
        await using (SmtpSink two = new())
        {
            (first, second) = (one.Target with { Name = "mx1.test" }, two.Target with { Name = "mx2.test" });
        }

        await using SmtpSink sink = new();
        JsonElement[] records = await SendAsync(Channel, first, second, sink.Target);
        Assert.Equal(["Y", "Y", "O", "CE"], records.Select(r => Of(r, "ac")));
        Assert.Equal(["mx1.test", "mx2.test", "sink.test", "sink.test"], records.Select(r => Of(r, "rm")));
        Assert.Equal($"TCP|||127.0.0.1|{first.Port}", Of(records[0], "tr"));
        Assert.StartsWith("cannot connect to mx1.test", Of(records[0], "di"), StringComparison.Ordinal);
        Assert.All(records, r => Assert.Equal("-", Of(r, "dr")));
    }

    [Fact]
    public async Task Options_say_whether_and_where()
    {
        await using SmtpSink sink = new();
        _options = new LogOptions { Connections = 128 };
        Assert.Empty(await SendAsync(Channel, sink.Target));
        _options = new LogOptions { Connections = 2 };
        Assert.Empty(await SendAsync(Channel with { Logging = false }, sink.Target));
        _options = new LogOptions { Connections = 2, SeparateConnections = true };
        Assert.Empty(await SendAsync(Channel, sink.Target));
        Assert.Equal(["O", "CE"], Lines(Connections).Select(l => Of(JsonDocument.Parse(l).RootElement, "ac")));
    }

    [Fact]
    public async Task Columns_have_the_direction_where_messages_have_their_destination()
    {
        await using SmtpSink sink = new();
        _options = new LogOptions { Format = LogFormat.Text };
        await DeliverAsync(Channel, attempt => attempt, sink.Target);
        string[][] lines = [.. Lines(Messages).Select(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries))];
        Assert.Equal(["tcp_local - O", "tcp_local - CE"], lines.Select(l => string.Join(' ', l[2..5])));
        Assert.Equal(["SMTP/sink.test", "QUIT"], lines[1][6..8]);
    }

    private static string? Of(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static IEnumerable<string> Lines(LogFiles files) => files.All().SelectMany(File.ReadAllLines);

    private Task<JsonElement[]> SendAsync(ChannelDefinition channel, params NextHopTarget[] targets) => SendAsync(channel, attempt => attempt, targets);

    /// <summary>The records of one attempt.</summary>
    private async Task<JsonElement[]> SendAsync(ChannelDefinition channel, Func<DeliveryAttempt, DeliveryAttempt> change, params NextHopTarget[] targets)
    {
        await DeliverAsync(channel, change, targets);
        JsonElement[] records = [.. Lines(Messages).Select(l => JsonDocument.Parse(l).RootElement)];
        foreach (string file in Messages.All()) File.Delete(file);
        return records;
    }

    private async Task DeliverAsync(ChannelDefinition channel, Func<DeliveryAttempt, DeliveryAttempt> change, params NextHopTarget[] targets)
    {
        await using TransactionLog log = new(Rotating(Messages), Rotating(Connections), () => _options, new LogKey(_directory.Combine("log.key")), loss => Assert.Fail(loss.ToString()));
        SmtpDelivery smtp = new(new FixedRoute(targets), TimeProvider.System, NullLogger.Instance, transactions: log);
        await smtp.DeliverAsync(change(Attempts.For(Snapshot, channel, ["a@x.test"])), TestContext.Current.CancellationToken);

        RotatingFile Rotating(LogFiles files) => new(files, () => _options, TimeProvider.System);
    }
}
