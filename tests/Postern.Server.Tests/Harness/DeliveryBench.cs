using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Dsn;
using Postern.Server.Delivery.Reprocess;
using Postern.Server.Logs;

namespace Postern.Server.Tests.Harness;

/// <summary>A delivery runner over a queue in memory, a clock of the test's and delivery programs that answer as told.</summary>
internal sealed class DeliveryBench : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly DeliveryRunner _runner;
    private readonly Task _running;
    private readonly TemporaryDirectory _directory = new();
    private readonly TransactionLog _transactions;

    /// <param name="smtp">answers for remote channels, unless there is a <paramref name="program"/> that delivers to them.</param>
    /// <param name="logged">such a program that tells the transaction log of its connections.</param>
    public DeliveryBench(
        Func<DeliveryAttempt, RecipientOutcome> smtp,
        Func<DeliveryAttempt, RecipientOutcome>? store = null,
        ConfigurationSnapshot? snapshot = null,
        Func<IQueueStore, IQueueStore>? disk = null,
        Func<TimeProvider, IDeliveryChannel>? program = null,
        Func<TimeProvider, TransactionLog, IDeliveryChannel>? logged = null)
    {
        Live = new LiveConfiguration(snapshot ?? Site.Snapshot());
        Queue = new MemoryQueueStore(Time);
        Disk = disk?.Invoke(Queue) ?? Queue;
        Smtp = new ScriptedDelivery(smtp);
        Store = new ScriptedDelivery(store ?? (_ => new RecipientOutcome.Delivered("stored")));
        MailPolicy Policy() => Live.Policy;
        CalloutLoop callouts = new(new ServerCallouts(new DnsRoutines(new ScriptedDns()), new ThrottleTables(() => Live.Current.Throttles, new MemoryThrottleStore(Time))), Time);
        RotatingFile file = new(TransactionFiles, () => Live.Current.Options.Logs, Time);
        RotatingFile connections = new(new LogFiles(_directory.Combine("connection.log_current")), () => Live.Current.Options.Logs, Time);
        _transactions = new TransactionLog(file, connections, () => Live.Current.Options.Logs, new LogKey(_directory.Combine("log.key")), loss => Assert.Fail(loss.ToString()));
        _runner = new DeliveryRunner(
            Disk,
            Policy,
            new DeliveryChannels(program?.Invoke(Time) ?? logged?.Invoke(Time, _transactions) ?? Smtp, Store, Store, Store, new ReprocessDelivery(Disk, Time, Policy, callouts, Wake, _transactions)),
            new NotificationSender(Disk, Policy, callouts, Time, NullLogger.Instance, Wake, _transactions),
            new HostBackoff(Time),
            Time,
            Log,
            new DequeueGate(Policy, callouts, Time, Log),
            _transactions);
        _running = Task.Run(() => _runner.RunAsync(_stop.Token, CancellationToken.None));
    }

    public FakeTime Time { get; } = new();

    public KeptLog Log { get; } = new();

    public LiveConfiguration Live { get; }

    public MemoryQueueStore Queue { get; }

    /// <summary>What the server works on; it may fail where <see cref="Queue"/> does not.</summary>
    public IQueueStore Disk { get; }

    public ScriptedDelivery Smtp { get; }

    public ScriptedDelivery Store { get; }

    private LogFiles TransactionFiles => new(_directory.Combine("mail.log_current"));

    /// <summary>The lines of the transaction log, as soon as there are so many: an attempt is told of once its result is recorded.</summary>
    public async Task<string[]> TransactionsAsync(int count = 0)
    {
        while (true)
        {
            await _transactions.FlushAsync();
            string[] lines = [.. TransactionFiles.All().SelectMany(File.ReadAllLines)];
            if (lines.Length >= count) return lines;
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>The transaction log so far.</summary>
    public async Task<JsonElement[]> RecordsAsync() => [.. (await TransactionsAsync()).Select(l => JsonDocument.Parse(l).RootElement)];

    /// <summary>The actions in the transaction log so far.</summary>
    public async Task<string[]> LettersAsync() => [.. (await RecordsAsync()).Select(r => r.GetProperty("ac").GetString()!)];

    /// <summary>Lets time pass until the transaction log has the action.</summary>
    public async Task ToldAsync(string action)
    {
        while (!(await LettersAsync()).Contains(action))
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            Time.Advance(TimeSpan.FromMinutes(10));
            await Task.Yield();
        }
    }

    public void Wake() => _runner?.Wake();

    /// <summary>One copy for several recipients.</summary>
    public Task<QueueId> EnqueueAsync(string channel, IEnumerable<string> recipients) =>
        EnqueueAsync(channel, [.. recipients.Select(r => new NewRecipient(r, "next.test", null, DsnNotify.None, true, null))], "s@ext.example", "tcp_local", Attempts.Letter, ReturnContent.Unspecified, false);

    public Task<QueueId> EnqueueAsync(
        string channel, string recipient, string from = "s@ext.example", bool isChecked = true, string source = "tcp_local", string host = "next.test",
        string? shownAs = null, string letter = Attempts.Letter, DsnNotify notify = DsnNotify.None,
        ReturnContent returned = ReturnContent.Unspecified, bool smtpUtf8 = false, string? original = null, MessagePriority priority = MessagePriority.Normal) =>
        EnqueueAsync(channel, [new NewRecipient(recipient, host, original, notify, isChecked, shownAs)], from, source, letter, returned, smtpUtf8, priority);

    private async Task<QueueId> EnqueueAsync(
        string channel, ImmutableArray<NewRecipient> recipients, string from, string source, string letter, ReturnContent returned, bool smtpUtf8, MessagePriority priority = MessagePriority.Normal)
    {
        QueueId id = QueueId.New(Time);
        await using IStagedMessage staged = Disk.Stage(id);
        await staged.WriteAsync(Encoding.UTF8.GetBytes(letter), TestContext.Current.CancellationToken);
        Envelope envelope = new(
            id, from, null, returned, smtpUtf8, BodyType.SevenBit, Time.GetUtcNow(), source, "TCP|192.0.2.25|25|203.0.113.9|40000", "SMTP/client.test", null, null)
        {
            Priority = priority,
        };
        NewCopy copy = new(channel, from, ReadOnlyMemory<byte>.Empty, null, recipients);
        await Disk.CommitAsync(staged, envelope, [copy], [], TestContext.Current.CancellationToken);
        Wake();
        return id;
    }

    /// <summary>Waits until a message is gone, or every recipient of it has the state.</summary>
    public async Task<QueuedRecipient?> SettledAsync(QueueId id, RecipientState? state)
    {
        while (true)
        {
            QueuedMessage? message = await Queue.FindAsync(id, TestContext.Current.CancellationToken);
            if (state is null ? message is null : message?.Copies[0].Recipients[0] is { Attempts: > 0 } r && r.State == state)
                return message?.Copies[0].Recipients[0];
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    /// <summary>Waits until the queue is empty, notifications included.</summary>
    public async Task EmptyAsync()
    {
        while ((await Queue.TotalsAsync(TestContext.Current.CancellationToken)).Any())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _running;
        _runner.Dispose();
        await _transactions.DisposeAsync();
        _directory.Dispose();
        await Queue.DisposeAsync();
        _stop.Dispose();
    }
}
