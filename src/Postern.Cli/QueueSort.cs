using System.Collections.Frozen;
using Postern.Queue;

namespace Postern.Cli;

/// <summary>
/// What a listing may be sorted by, each the way a postmaster looks for trouble: the oldest, the largest, the most often tried, the next to be tried first; words by the
/// alphabet. What is equal stays in the order of messages.
/// </summary>
internal static class QueueSort
{
    private static readonly FrozenDictionary<string, Comparison<QueueEntry>> Orders = new Dictionary<string, Comparison<QueueEntry>>(StringComparer.Ordinal)
    {
        ["age"] = (a, b) => a.Received.CompareTo(b.Received),
        ["size"] = (a, b) => b.Size.CompareTo(a.Size),
        ["attempts"] = (a, b) => b.Attempts.CompareTo(a.Attempts),
        ["next"] = (a, b) => Due(a).CompareTo(Due(b)),
        ["from"] = (a, b) => Words(a.ReversePath, b.ReversePath),
        ["to"] = (a, b) => Words(a.Recipient, b.Recipient),
        ["host"] = (a, b) => Words(a.Host, b.Host),
        ["channel"] = (a, b) => Words(a.Channel, b.Channel),
        ["state"] = (a, b) => a.State.CompareTo(b.State),
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static string[] Fields => [.. Orders.Keys.Order(StringComparer.Ordinal)];

    /// <param name="field">of <see cref="Fields"/>.</param>
    public static IComparer<QueueEntry> By(string field, bool reverse)
    {
        Comparison<QueueEntry> order = Orders[field];
        return Comparer<QueueEntry>.Create((a, b) => (reverse ? order(b, a) : order(a, b)) is var by and not 0 ? by : (a.Key.CopyId, a.Key.Number).CompareTo((b.Key.CopyId, b.Key.Number)));
    }

    /// <summary>What is not queued falls due behind all that is.</summary>
    private static DateTimeOffset Due(QueueEntry entry) => entry.State == RecipientState.Queued ? entry.Next : DateTimeOffset.MaxValue;

    private static int Words(string a, string b) => string.Compare(a, b, StringComparison.OrdinalIgnoreCase);
}
