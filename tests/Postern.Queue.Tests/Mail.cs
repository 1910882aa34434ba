using System.Collections.Immutable;
using System.Text;

namespace Postern.Queue.Tests;

/// <summary>Short ways to put mail into a queue and to look at it.</summary>
internal static class Mail
{
    public static readonly CancellationToken None = CancellationToken.None;

    public static readonly IReadOnlySet<string> NoHosts = new HashSet<string>();

    public static Envelope Envelope(QueueId id, DateTimeOffset? received = null) => new(
        id,
        "bob@example.com",
        "env-1",
        ReturnContent.Headers,
        SmtpUtf8: true,
        BodyType.EightBitMime,
        received ?? ManualTime.Start,
        "tcp_local",
        "TCP|192.0.2.1|25|198.51.100.7|40000",
        "SMTP/client.example",
        "bob",
        ParentId: null);

    public static NewRecipient To(string address, string host = "mx.y.test", DsnNotify notify = DsnNotify.None) =>
        new(address, host, $"rfc822;{address}", notify, Checked: true);

    public static NewCopy Copy(string channel, params NewRecipient[] recipients) =>
        new(channel, "bob@example.com", "Received: here\r\n"u8.ToArray(), HoldReason: null, [.. recipients]);

    public static Task<QueueId> QueueAsync(this IQueueStore store, params NewCopy[] copies) => store.QueueAsync("Subject: x\r\n\r\nbody\r\n"u8.ToArray(), copies);

    public static async Task<QueueId> QueueAsync(this IQueueStore store, byte[] content, params NewCopy[] copies)
    {
        QueueId id = QueueId.New(new ManualTime());
        await using IStagedMessage staged = store.Stage(id);
        await staged.WriteAsync(content, None);
        await store.CommitAsync(staged, Envelope(id), [.. copies], [], None);
        return id;
    }

    public static Task<ImmutableArray<QueuedCopy>> ClaimAsync(this IQueueStore store, DateTimeOffset now, string channel = "tcp_local", int limit = 100, params string[] waiting) =>
        store.ClaimAsync(new QueueClaim(channel, now, limit, waiting.ToHashSet()), None);

    /// <summary>Defers past a notice age.</summary>
    public static Task WarnAsync(this IQueueStore store, QueuedCopy copy, DateTimeOffset next) =>
        store.RecordAsync([.. copy.Recipients.Select(r => new DeliveryRecord(new RecipientKey(copy.CopyId, r.Number), DeliveryResult.Deferred, next, "4.2.0 - later", Warns: true))], None);

    public static Task RecordAsync(this IQueueStore store, QueuedCopy copy, DeliveryResult result, DateTimeOffset next = default, string reply = "said") =>
        store.RecordAsync([.. copy.Recipients.Select(r => new DeliveryRecord(new RecipientKey(copy.CopyId, r.Number), result, next, reply))], None);

    /// <summary>Does it to every recipient of a message.</summary>
    public static async Task<OperatorOutcome> ApplyAsync(this IQueueStore store, QueueId id, OperatorAction action) =>
        await store.ApplyAsync([.. (await store.ListAsync(new QueueFilter { Ids = [id] })).Select(e => e.Key)], action, None);

    public static async Task<List<QueueEntry>> ListAsync(this IQueueView view, QueueFilter? filter = null)
    {
        List<QueueEntry> entries = [];
        await foreach (QueueEntry entry in view.ListAsync(filter ?? new QueueFilter(), None)) entries.Add(entry);
        return entries;
    }

    public static async Task<byte[]> ContentAsync(this IQueueView view, QueueId id)
    {
        await using Stream content = await view.OpenContentAsync(id, None);
        using MemoryStream all = new();
        await content.CopyToAsync(all, None);
        return all.ToArray();
    }

    /// <summary>Everything a store shows, as text: two stores in the same state give the same.</summary>
    public static async Task<string> DescribeAsync(IQueueStore store, IEnumerable<QueueId> ids)
    {
        StringBuilder text = new();
        foreach (QueueEntry entry in await store.ListAsync()) text.Append(entry).Append('\n');
        foreach (ChannelTotal total in await store.TotalsAsync(None)) text.Append(total).Append('\n');
        foreach (HostTotal total in await store.HostTotalsAsync(null, 100, None)) text.Append(total).Append('\n');
        text.AppendJoin(' ', await store.StoppedAsync(None)).Append('\n');
        text.AppendJoin(' ', await store.StoppedHostsAsync(None)).Append('\n');
        foreach (QueueId id in ids) text.AppendJoin(' ', await store.HistoryAsync(id, None)).Append('\n');
        text.AppendJoin(' ', await store.DueChannelsAsync(DateTimeOffset.MaxValue, None)).Append('\n');
        text.Append(await store.NextDueAsync(DateTimeOffset.MinValue, None)).Append('\n');
        foreach (PendingNotification pending in await store.PendingNotificationsAsync(None))
            text.Append(pending with { Recipients = [] }).Append(Join(pending.Recipients)).Append('\n');
        foreach (QueueId id in ids)
        {
            if (await store.FindAsync(id, None) is not { } message) continue;
            text.Append(message.Envelope).Append(message.Size).Append('\n');
            foreach (QueuedCopy copy in message.Copies) text.Append(Describe(copy)).Append('\n');
        }

        return text.ToString();
    }

    public static string Describe(QueuedCopy copy) =>
        $"{copy.CopyId} {copy.Channel} {copy.ReversePath} {(copy.HeaderBlock is { } block ? Encoding.UTF8.GetString(block.Span) : "-")} {copy.Size} {Join(copy.Recipients)}";

    private static string Join(ImmutableArray<QueuedRecipient> recipients) => string.Join(" | ", recipients);
}
