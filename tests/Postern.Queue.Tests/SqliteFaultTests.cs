using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Xunit;

namespace Postern.Queue.Tests;

/// <summary>
/// The life of three messages, with a disk that refuses one transaction, whichever it is, and a death of the process right after.
/// The memory store is the model: what is found afterwards is the state before the refused step, or, where the disk kept it all
/// the same, the state after it. Nothing between, nothing lost, nothing twice.
/// </summary>
public sealed class SqliteFaultTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly ManualTime _time = new();
    private readonly Dictionary<IQueueStore, List<QueuedCopy>> _claimed = [];
    private readonly QueueId[] _ids;
    private readonly byte[] _long = new byte[600_000];

    public SqliteFaultTests()
    {
        _ids = [.. Enumerable.Range(0, 4).Select(_ => QueueId.New(_time))];
        new Random(5).NextBytes(_long);
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    /// <summary>One durable step of a store's caller each.</summary>
    private ImmutableArray<Func<IQueueStore, Task>> Steps =>
    [
        store => CommitAsync(store, 0, "short"u8.ToArray(), [], Mail.Copy("tcp_local", Mail.To("delivered@y.test"))),
        store => CommitAsync(store, 1, _long, [], Mail.Copy("tcp_local", Mail.To("deferred@y.test"))),
        store => CommitAsync(store, 2, [], [], Mail.Copy("tcp_local", Mail.To("failed@y.test")), Mail.Copy("ims-ms", Mail.To("stored@x.test"))),
        store => ClaimAsync(store, "tcp_local", 3),
        store => RecordAsync(store, "delivered@y.test", DeliveryResult.Delivered),
        store => RecordAsync(store, "deferred@y.test", DeliveryResult.Deferred),
        store => RecordAsync(store, "failed@y.test", DeliveryResult.Failed),
        store => CommitAsync(store, 3, "report"u8.ToArray(), [Key(store, "failed@y.test")], Mail.Copy("tcp_local", Mail.To("bob@example.com"))),
        store => ClaimAsync(store, "ims-ms", 1),
        store => RecordAsync(store, "stored@x.test", DeliveryResult.Delivered),
        store => ClaimAsync(store, "tcp_local", 2),
        store => RecordAsync(store, "deferred@y.test", DeliveryResult.Held),
        store => store.SetStoppedAsync("tcp_local", true, Mail.None),
        store => store.ApplyAsync(_ids[1], new OperatorAction.Delete()),
        store => RecordAsync(store, "bob@example.com", DeliveryResult.Delivered),
    ];

    public void Dispose() => _scratch.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Whichever_transaction_the_disk_refuses_the_next_start_finds_one_state_or_the_other(bool afterTheFact)
    {
        int n = 0;
        while (await RunAsync(n, afterTheFact)) n++;
        Assert.Equal(Steps.Length + 2, n);
    }

    /// <summary>False: all steps were done before that transaction came.</summary>
    private async Task<bool> RunAsync(int n, bool afterTheFact)
    {
        string directory = _scratch.Sub($"queue-{n}");
        FailNth faults = new(n, afterTheFact);
        await using MemoryQueueStore model = new(_time);
        await using SqliteQueueStore store = SqliteQueueStore.Open(directory, _time, new SqliteQueueOptions(), faults);
        foreach (Func<IQueueStore, Task> step in Steps)
        {
            try
            {
                await step(store);
                await step(model);
                continue;
            }
            catch (QueueWriteException) when (faults.HasFailed)
            {
            }

            // A part of a long message is in the log without anybody seeing it; otherwise the refused step is there whole or not at all.
            string before = await DescribeAsync(model);
            await step(model);
            string after = await DescribeAsync(model);
            await using SqliteQueueStore next = SqliteQueueStore.Open(Killed(directory), _time, new SqliteQueueOptions(), faults: null);
            string found = await DescribeAsync(next);
            if (afterTheFact) Assert.Contains(found, (string[])[before, after]);
            else Assert.Equal(before, found);
            return true;
        }

        Assert.Empty(await store.ListAsync());
        return false;
    }

    private async Task CommitAsync(IQueueStore store, int message, byte[] content, ImmutableArray<RecipientKey> settled, params NewCopy[] copies)
    {
        await using IStagedMessage staged = store.Stage(_ids[message]);
        await staged.WriteAsync(content, Mail.None);
        await store.CommitAsync(staged, Mail.Envelope(_ids[message]), [.. copies], settled, Mail.None);
    }

    private async Task ClaimAsync(IQueueStore store, string channel, int expected)
    {
        ImmutableArray<QueuedCopy> claimed = await store.ClaimAsync(Now, channel);
        Assert.Equal(expected, claimed.Length);
        if (!_claimed.TryGetValue(store, out List<QueuedCopy>? all)) _claimed[store] = all = [];
        all.AddRange(claimed);
    }

    private Task RecordAsync(IQueueStore store, string recipient, DeliveryResult result) =>
        store.RecordAsync([new DeliveryRecord(Key(store, recipient), result, Now, "said")], Mail.None);

    private RecipientKey Key(IQueueStore store, string recipient) =>
        new(_claimed[store].Last(c => c.Recipients[0].Address == recipient).CopyId, 0);

    /// <summary>What mail there is, where its recipients stand and what is owed; a claim is what the next start makes of it.</summary>
    private static async Task<string> DescribeAsync(IQueueStore store)
    {
        StringBuilder text = new();
        foreach (QueueEntry entry in await store.ListAsync())
        {
            RecipientState state = entry.State == RecipientState.Claimed ? RecipientState.Queued : entry.State;
            text.Append($"{entry.Id} {entry.Channel} {entry.Recipient} {state} {entry.LastReply} {Convert.ToHexString(SHA256.HashData(await store.ContentAsync(entry.Id)))}\n");
        }

        foreach (PendingNotification owed in await store.PendingNotificationsAsync(Mail.None)) text.Append($"owed {owed.Envelope.Id}\n");
        text.AppendJoin(' ', await store.StoppedAsync(Mail.None));
        return text.ToString();
    }

    private static string Killed(string directory)
    {
        string target = Directory.CreateDirectory($"{directory}-killed").FullName;
        foreach (string file in (string[])["queue.db", "queue.db-wal"])
        {
            // A connection that is closed takes its log with it.
            if (File.Exists(Path.Combine(directory, file))) File.Copy(Path.Combine(directory, file), Path.Combine(target, file));
        }

        return target;
    }
}
