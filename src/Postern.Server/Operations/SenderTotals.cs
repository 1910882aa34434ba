using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>
/// Sums up a queue by envelope sender, letter case ignored. Of more senders than the limit those with the fewest recipients are forgotten, as <see cref="FrequencyCount"/> does;
/// <see cref="Missed"/> says by how many recipients a total may be too low.
/// </summary>
/// <param name="limit">different senders at a time.</param>
public sealed class SenderTotals(int limit = FrequencyCount.DefaultLimit)
{
    private readonly FrequencyCount _recipients = new(limit);
    private readonly Dictionary<string, SenderTotal> _totals = new(StringComparer.OrdinalIgnoreCase);
    private long? _lastCopy;

    /// <summary>0: all totals are exact.</summary>
    public int Missed => _recipients.Missed;

    /// <param name="entry">in the order of messages.</param>
    public void Add(QueueEntry entry)
    {
        string from = entry.ReversePath;
        foreach (string forgotten in _recipients.Add(from)) _totals.Remove(forgotten);
        SenderTotal before = _totals.GetValueOrDefault(from) ?? new SenderTotal(from, 0, 0, new RecipientCounts(0, 0, 0, 0, 0), entry.Received);
        _totals[from] = before.With(entry, entry.Key.CopyId != _lastCopy);
        _lastCopy = entry.Key.CopyId;
    }

    /// <summary>Most open recipients first, then by name.</summary>
    /// <param name="count">at most so many.</param>
    public IReadOnlyList<SenderTotal> Top(int count) =>
        [.. _totals.Values.OrderByDescending(t => t.Recipients.Open).ThenBy(t => t.From, StringComparer.OrdinalIgnoreCase).Take(count)];
}
