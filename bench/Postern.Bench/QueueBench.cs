using System.Diagnostics;
using Postern.Queue;

namespace Postern.Bench;

/// <summary>
/// A queue with a backlog: what it costs to open it, to look at it and to work on it. POSTERN_BENCH_MESSAGES sets how many small
/// messages wait (a million), POSTERN_BENCH_DIRECTORY on which disk.
/// </summary>
internal static class QueueBench
{
    private const int Sessions = 256;
    private const int Hosts = 1000;
    private const int ClaimSize = 100;
    private const int MeasuredClaims = 100;

    private static readonly byte[] Content = [.. Enumerable.Repeat((byte)'x', 1024)];

    public static void Run(TextWriter output) => RunAsync(output).GetAwaiter().GetResult();

    private static async Task RunAsync(TextWriter output)
    {
        int messages = int.TryParse(Environment.GetEnvironmentVariable("POSTERN_BENCH_MESSAGES"), out int given) ? given : 1_000_000;
        string root = Environment.GetEnvironmentVariable("POSTERN_BENCH_DIRECTORY") is { Length: > 0 } disk ? disk : Path.GetTempPath();
        string directory = Directory.CreateDirectory(Path.Combine(root, $"postern-queue-bench-{Environment.ProcessId}")).FullName;
        try
        {
            output.WriteLine($"| {messages:N0} messages of {Content.Length} octets, {Hosts} next hops | |");
            output.WriteLine("| --- | ---: |");
            await FillAsync(output, directory, messages);
            await WorkAsync(output, directory);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task FillAsync(TextWriter output, string directory, int messages)
    {
        await using SqliteQueueStore store = await SqliteQueueStore.OpenAsync(directory, TimeProvider.System);
        int next = -1;
        Stopwatch clock = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Sessions).Select(_ => Task.Run(async () =>
        {
            while (Interlocked.Increment(ref next) is int i && i < messages) await EnqueueAsync(store, i);
        })));
        output.WriteLine($"| accepted, {Sessions} at a time | {messages / clock.Elapsed.TotalSeconds:N0}/s |");
        output.WriteLine($"| messages a transaction | {(double)messages / store.Transactions:N1} |");
        output.WriteLine($"| resident memory with all queued | {Resident()} |");
    }

    private static async Task WorkAsync(TextWriter output, string directory)
    {
        output.WriteLine($"| size of the database | {new FileInfo(Path.Combine(directory, "queue.db")).Length / 1048576.0:N0} MiB |");
        Stopwatch clock = Stopwatch.StartNew();
        await using SqliteQueueStore store = await SqliteQueueStore.OpenAsync(directory, TimeProvider.System);
        output.WriteLine($"| opened, integrity check and recovery included | {clock.Elapsed.TotalSeconds:N2} s |");
        output.WriteLine($"| resident memory when opened | {Resident()} |");
        await TimeAsync(output, "oldest 100", () => CountAsync(store, new QueueFilter { Limit = 100 }));
        await TimeAsync(output, "oldest 100 of a channel", () => CountAsync(store, new QueueFilter { Channel = "ims-ms", Limit = 100 }));
        await TimeAsync(output, "oldest 100 of a next hop", () => CountAsync(store, new QueueFilter { Host = "host7.example", Limit = 100 }));
        await TimeAsync(output, "what is held (nothing)", () => CountAsync(store, new QueueFilter { State = RecipientState.Held }));
        await TimeAsync(output, "totals by channel", async () => (await store.TotalsAsync(CancellationToken.None)).Count);
        await TimeAsync(output, "totals of the 20 longest next hops", async () => (await store.HostTotalsAsync(null, 20, CancellationToken.None)).Count);
        await TimeAsync(output, "all by recipient (every entry read)", () => CountAsync(store, new QueueFilter { Recipient = "nobody@*" }));
        await ClaimPastAsync(output, store);
        await ClaimAsync(output, store);
        output.WriteLine($"| resident memory at the end | {Resident()} |");
    }

    /// <summary>All next hops but one are in back-off. The first half of the claims walks there, the second is measured.</summary>
    private static async Task ClaimPastAsync(TextWriter output, SqliteQueueStore store)
    {
        HashSet<string> waiting = [.. Enumerable.Range(0, Hosts).Where(i => i != 7).Select(i => $"host{i}.example")];
        TimeSpan half = TimeSpan.Zero;
        Stopwatch clock = Stopwatch.StartNew();
        for (int i = 0; i < MeasuredClaims; i++)
        {
            IReadOnlyList<QueuedCopy> copies = await store.ClaimAsync(new QueueClaim("tcp_local", DateTimeOffset.UtcNow, 1, waiting), CancellationToken.None);
            if (copies is not [{ Recipients: [{ Host: "host7.example" }] }]) throw new InvalidOperationException("a claim got something else");
            if (i == (MeasuredClaims / 2) - 1) half = clock.Elapsed;
        }

        output.WriteLine($"| claims, one at a time, {Hosts - 1} of {Hosts} next hops in back-off | {MeasuredClaims / 2 / (clock.Elapsed - half).TotalSeconds:N0}/s |");
    }

    private static async Task ClaimAsync(TextWriter output, SqliteQueueStore store)
    {
        TimeSpan claims = TimeSpan.Zero, records = TimeSpan.Zero;
        int claimed = 0;
        for (int i = 0; i < MeasuredClaims; i++)
        {
            Stopwatch clock = Stopwatch.StartNew();
            QueueClaim claim = new("tcp_local", DateTimeOffset.UtcNow, ClaimSize, new HashSet<string>());
            IReadOnlyList<QueuedCopy> copies = await store.ClaimAsync(claim, CancellationToken.None);
            claims += clock.Elapsed;
            claimed += copies.Count;
            clock.Restart();
            await Task.WhenAll(copies.Select(copy => store.RecordAsync(
                [new DeliveryRecord(new RecipientKey(copy.CopyId, 0), DeliveryResult.Delivered, default, "2.0.0 - ok")], CancellationToken.None)));
            records += clock.Elapsed;
        }

        output.WriteLine($"| claims, {ClaimSize} at a time | {claimed / claims.TotalSeconds:N0}/s |");
        output.WriteLine($"| deliveries recorded and their messages removed | {claimed / records.TotalSeconds:N0}/s |");
    }

    private static async Task EnqueueAsync(SqliteQueueStore store, int i)
    {
        QueueId id = QueueId.New(TimeProvider.System);
        string host = $"host{i % Hosts}.example";
        Envelope envelope = new(
            id, $"sender{i % 5000}@example.com", null, ReturnContent.Unspecified, false, BodyType.SevenBit, DateTimeOffset.UtcNow, "tcp_intranet",
            "TCP|192.0.2.25|25|10.1.1.7|40000", "SMTP/client.example", null, null);
        await using IStagedMessage staged = store.Stage(id);
        await staged.WriteAsync(Content, CancellationToken.None);
        NewCopy copy = new(i % 10 == 0 ? "ims-ms" : "tcp_local", envelope.ReversePath, ReadOnlyMemory<byte>.Empty, null, [new NewRecipient($"user{i}@{host}", host, null, DsnNotify.None, Checked: true)]);
        await store.CommitAsync(staged, envelope, [copy], [], CancellationToken.None);
    }

    private static async Task<int> CountAsync(SqliteQueueStore store, QueueFilter filter)
    {
        int count = 0;
        await foreach (QueueEntry _ in store.ListAsync(filter, CancellationToken.None)) count++;
        return count;
    }

    private static async Task TimeAsync(TextWriter output, string what, Func<Task<int>> look)
    {
        Stopwatch clock = Stopwatch.StartNew();
        int found = await look();
        output.WriteLine($"| {what}: {found} | {clock.Elapsed.TotalMilliseconds:N1} ms |");
    }

    private static string Resident()
    {
        using Process process = Process.GetCurrentProcess();
        return $"{process.WorkingSet64 / 1048576.0:N0} MiB";
    }
}
