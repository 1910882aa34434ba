namespace Postern.Queue;

/// <summary>Counts the recipients of a <see cref="MemoryQueueStore"/> when somebody asks.</summary>
internal static class MemoryTotals
{
    public static IReadOnlyList<ChannelTotal> Channels(IEnumerable<(MemoryMessage Message, MemoryCopy Copy, QueuedRecipient Recipient)> recipients) =>
    [
        .. from r in recipients
           group r by r.Copy.Source.Channel.ToLowerInvariant() into g
           orderby g.Key
           let copies = g.DistinctBy(r => r.Copy.Id).ToArray()
           select new ChannelTotal(
               copies[0].Copy.Source.Channel,
               copies.Length,
               copies.Sum(r => r.Message.Content.LongLength),
               Count(g.Select(r => r.Recipient)),
               copies[0].Message.Envelope.Received),
    ];

    public static IReadOnlyList<HostTotal> Hosts(
        IEnumerable<(MemoryMessage Message, MemoryCopy Copy, QueuedRecipient Recipient)> recipients, string? channel, int limit)
    {
        Dictionary<string, DateTimeOffset> oldest = recipients.GroupBy(r => r.Recipient.Host).ToDictionary(g => g.Key, g => g.First().Message.Envelope.Received);
        IEnumerable<HostTotal> totals =
            from r in recipients
            where channel is null || string.Equals(r.Copy.Source.Channel, channel, StringComparison.OrdinalIgnoreCase)
            group r by (Channel: r.Copy.Source.Channel.ToLowerInvariant(), r.Recipient.Host) into g
            let total = new HostTotal(g.First().Copy.Source.Channel, g.Key.Host, Count(g.Select(r => r.Recipient)), oldest[g.Key.Host])
            orderby total.Recipients.Open descending, g.Key.Channel, g.Key.Host
            select total;
        return [.. totals.Take(Math.Max(limit, 0))];
    }

    private static RecipientCounts Count(IEnumerable<QueuedRecipient> recipients)
    {
        ILookup<(RecipientState State, bool Tried), QueuedRecipient> places = recipients.ToLookup(r => (r.State, r.Attempts > 0));
        int Sum(Func<RecipientState, bool, bool> counts) => places.Where(p => counts(p.Key.State, p.Key.Tried)).Sum(p => p.Count());
        return new RecipientCounts(
            Sum((state, tried) => state == RecipientState.Queued && !tried),
            Sum((state, tried) => state == RecipientState.Queued && tried),
            Sum((state, _) => state == RecipientState.Claimed),
            Sum((state, _) => state == RecipientState.Held),
            Sum((state, _) => state >= RecipientState.Delivered));
    }
}
