using System.Buffers;
using System.Collections.Immutable;
using System.Text.Json;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Logs;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

public sealed class OperatorDeskTests : IAsyncDisposable
{
    private readonly FakeTime _time = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly MemoryQueueStore _queue;
    private readonly OperatorDesk _desk;
    private readonly List<string> _madeDue = [];

    public OperatorDeskTests()
    {
        _queue = new MemoryQueueStore(_time);
        _desk = new OperatorDesk(_queue, new OperatorLog(LogFile, _time), hosts => _madeDue.Add(string.Join(' ', hosts.Order(StringComparer.Ordinal))));
    }

    private static ConfigurationSnapshot Snapshot { get; } = Site.Snapshot();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string LogFile => _directory.Combine("log", "operator.jsonl");

    private LogFiles TransactionFiles => new(_directory.Combine("mail.log_current"));

    public async ValueTask DisposeAsync()
    {
        await _queue.DisposeAsync();
        _directory.Dispose();
    }

    [Fact]
    public async Task A_change_reaches_every_recipient_of_a_long_queue_once_and_logs_each_copy()
    {
        for (int i = 0; i < 300; i++) await EnqueueAsync("tcp_local", $"a{i}@y.test", $"b{i}@z.test");
        OperatorRequest request = new(OperatorVerb.Hold, "kim", new QueueFilter { Channel = "tcp_local" }, "storm");
        Assert.Equal(new OperatorOutcome(600, 0), await _desk.RunAsync(request, Cancellation));
        Assert.Equal(new OperatorOutcome(0, 0), await _desk.RunAsync(request, Cancellation));
        string[] log = await File.ReadAllLinesAsync(LogFile, Cancellation);
        Assert.Equal(300, log.Length);
        using JsonDocument line = JsonDocument.Parse(log[0]);
        Assert.Equal(
            ("kim", "hold", "tcp_local", "s@ext.example", "storm", 2),
            (Text(line, "user"), Text(line, "verb"), Text(line, "channel"), Text(line, "from"), Text(line, "text"), line.RootElement.GetProperty("changed").GetInt32()));
        Assert.Equal(["a0@y.test", "b0@z.test"], line.RootElement.GetProperty("to").EnumerateArray().Select(e => e.GetString()));
    }

    [Fact]
    public async Task Who_makes_mail_due_is_told_the_next_hops()
    {
        await EnqueueAsync("tcp_local", "a@y.test", "b@z.test");
        await _desk.RunAsync(new OperatorRequest(OperatorVerb.Retry, "kim", new QueueFilter()), Cancellation);
        await _desk.RunAsync(new OperatorRequest(OperatorVerb.Hold, "kim", new QueueFilter { Host = "z.test" }), Cancellation);
        await _desk.RunAsync(new OperatorRequest(OperatorVerb.Release, "kim", new QueueFilter { State = RecipientState.Held }), Cancellation);
        await _desk.RunAsync(new OperatorRequest(OperatorVerb.Release, "kim", new QueueFilter { State = RecipientState.Held }), Cancellation);
        Assert.Equal(["y.test z.test", "", "z.test"], _madeDue);
    }

    [Fact]
    public async Task Recipients_under_way_are_reported_as_busy()
    {
        await EnqueueAsync("tcp_local", "a@y.test", "b@z.test");
        await _queue.ClaimAsync(new QueueClaim("tcp_local", _time.GetUtcNow(), 1, ImmutableHashSet<string>.Empty), Cancellation);
        Assert.Equal(new OperatorOutcome(1, 1), await _desk.RunAsync(new OperatorRequest(OperatorVerb.Delete, "kim", new QueueFilter()), Cancellation));
    }

    [Fact]
    public async Task The_transaction_log_has_what_became_of_each_recipient_and_who_did_it()
    {
        await using TransactionLog transactions = Transactions();
        OperatorDesk desk = new(_queue, new OperatorLog(LogFile, _time), _ => { }, new OperatorRecords(transactions, () => Snapshot, _time));
        await EnqueueAsync("tcp_local", "a@y.test", "b@z.test");
        foreach ((OperatorVerb verb, string host) in ((OperatorVerb, string)[])[
            (OperatorVerb.Hold, "y.test"), (OperatorVerb.Hold, "y.test"), (OperatorVerb.Release, "y.test"), (OperatorVerb.Retry, "y.test"), (OperatorVerb.Return, "y.test"), (OperatorVerb.Delete, "z.test"), (OperatorVerb.Delete, "y.test")])
            await desk.RunAsync(new OperatorRequest(verb, "kim", new QueueFilter { Host = host }), Cancellation);
        await transactions.FlushAsync();
        Assert.Equal(
            ["H a@y.test kim", "H a@y.test kim", "R a@y.test kim", "K b@z.test kim"],
            TransactionFiles.All().SelectMany(File.ReadAllLines).Select(text =>
            {
                using JsonDocument line = JsonDocument.Parse(text);
                return $"{Text(line, "ac")} {Text(line, "de")} {Text(line, "us")}";
            }));
    }

    [Fact]
    public async Task What_is_returned_to_nobody_is_killed_in_the_transaction_log()
    {
        await using TransactionLog transactions = Transactions();
        OperatorDesk desk = new(_queue, new OperatorLog(LogFile, _time), _ => { }, new OperatorRecords(transactions, () => Snapshot, _time));
        await EnqueueAsync("tcp_local", "a@y.test");
        OperatorRequest request = new(OperatorVerb.Return, "kim", new QueueFilter()) { Silent = true };
        Assert.Equal(new OperatorOutcome(1, 0), await desk.RunAsync(request, Cancellation));
        await transactions.FlushAsync();
        using JsonDocument line = JsonDocument.Parse(Assert.Single(TransactionFiles.All().SelectMany(File.ReadAllLines)));
        Assert.Equal(("K", "a@y.test", "kim"), (Text(line, "ac"), Text(line, "de"), Text(line, "us")));
        Assert.Empty(await _queue.PendingNotificationsAsync(Cancellation));
        Assert.Empty(await _queue.TotalsAsync(Cancellation));
    }

    [Fact]
    public async Task A_message_with_thousands_of_copies_is_read_once_and_each_recipient_told()
    {
        await using TransactionLog transactions = Transactions();
        FailingQueue counted = new(_queue);
        OperatorDesk desk = new(counted, new OperatorLog(LogFile, _time), _ => { }, new OperatorRecords(transactions, () => Snapshot, _time));
        QueueId id = QueueId.New(_time);
        await using IStagedMessage staged = _queue.Stage(id);
        Envelope envelope = new(id, "s@ext.example", null, ReturnContent.Unspecified, false, BodyType.SevenBit, _time.GetUtcNow(), "tcp_local", "", "", null, null);
        await _queue.CommitAsync(
            staged,
            envelope,
            [.. Enumerable.Range(0, 3000).Select(i => new NewCopy("tcp_local", "s@ext.example", ReadOnlyMemory<byte>.Empty, null, [new NewRecipient($"u{i}@y.test", "y.test", null, DsnNotify.None, true)]))],
            [],
            Cancellation);
        Assert.Equal(new OperatorOutcome(3000, 0), await desk.RunAsync(new OperatorRequest(OperatorVerb.Hold, "kim", new QueueFilter()), Cancellation));
        Assert.Equal(1, counted.LookUps);
        Assert.Equal(3000, TransactionFiles.All().SelectMany(File.ReadAllLines).Distinct().Count());
    }

    [Fact]
    public async Task A_return_keeps_the_operators_words_for_the_notification()
    {
        await EnqueueAsync("tcp_local", "a@y.test");
        await _desk.RunAsync(new OperatorRequest(OperatorVerb.Return, "kim", new QueueFilter(), "not wanted here"), Cancellation);
        Assert.Equal("5.7.0 - not wanted here", Assert.Single(await _queue.PendingNotificationsAsync(Cancellation)).Recipients[0].LastReply);
    }

    [Fact]
    public async Task A_request_is_the_same_on_the_other_side()
    {
        OperatorRequest request = new(
            OperatorVerb.Return,
            "kim",
            new QueueFilter
            {
                Channel = "tcp_local",
                Host = "y.test",
                State = RecipientState.Held,
                Tried = true,
                ReversePath = "",
                Recipient = "*@y.test",
                LastReply = "grey\"list",
                Content = new SubjectTest("*gift*"),
                MatchesAny = true,
                ReceivedBefore = _time.GetUtcNow(),
                ReceivedSince = _time.GetUtcNow().AddDays(-1),
                LastCopy = long.MaxValue,
            },
            "text");
        foreach (OperatorRequest sent in (OperatorRequest[])[request, new OperatorRequest(OperatorVerb.Start, "", new QueueFilter { Channel = "x" }), request with { Verb = OperatorVerb.Release, Force = true }, request with { Silent = true }, request with { Verb = OperatorVerb.Release, Rewrite = true }])
        {
            ArrayBufferWriter<byte> text = new();
            await using (Utf8JsonWriter json = new(text)) OperatorRequestJson.Write(json, sent);
            Assert.Equal(sent, OperatorRequestJson.Read(text.WrittenMemory)! with { Selection = sent.Selection });
            Assert.Equal(sent.Selection, OperatorRequestJson.Read(text.WrittenMemory)!.Selection with { Ids = sent.Selection.Ids });
        }

        QueueId[] ids = [QueueId.New(_time), QueueId.New(_time)];
        ArrayBufferWriter<byte> named = new();
        await using (Utf8JsonWriter json = new(named)) OperatorRequestJson.Write(json, new OperatorRequest(OperatorVerb.Hold, "kim", new QueueFilter { Ids = [.. ids] }));
        Assert.Equal(ids, OperatorRequestJson.Read(named.WrittenMemory)!.Selection.Ids);
    }

    private static string? Text(JsonDocument line, string field) => line.RootElement.GetProperty(field).GetString();

    private TransactionLog Transactions() => new(
        new RotatingFile(TransactionFiles, () => Snapshot.Options.Logs, _time),
        new RotatingFile(new LogFiles(_directory.Combine("connection.log_current")), () => Snapshot.Options.Logs, _time),
        () => Snapshot.Options.Logs,
        new LogKey(_directory.Combine("log.key")),
        loss => Assert.Fail(loss.ToString()));

    private async Task EnqueueAsync(string channel, params string[] recipients)
    {
        QueueId id = QueueId.New(_time);
        await using IStagedMessage staged = _queue.Stage(id);
        Envelope envelope = new(id, "s@ext.example", null, ReturnContent.Unspecified, false, BodyType.SevenBit, _time.GetUtcNow(), "tcp_local", "", "", null, null);
        NewCopy copy = new(
            channel, "s@ext.example", ReadOnlyMemory<byte>.Empty, null, [.. recipients.Select(r => new NewRecipient(r, r[(r.IndexOf('@', StringComparison.Ordinal) + 1)..], null, DsnNotify.None, true))]);
        await _queue.CommitAsync(staged, envelope, [copy], [], Cancellation);
    }
}
