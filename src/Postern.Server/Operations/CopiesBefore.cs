using Postern.Queue;

namespace Postern.Server.Operations;

/// <summary>Copies as they are before an operator changes them. A message is read once, also where its recipients come in several batches.</summary>
internal sealed class CopiesBefore(IQueueView queue)
{
    private QueueId? _last;
    private Dictionary<long, QueuedCopy> _copies = [];

    /// <param name="batch">in the order of messages.</param>
    /// <returns>by number; one that is gone or cannot be decoded is missing: the operator log has its line all the same.</returns>
    public async Task<IReadOnlyDictionary<long, QueuedCopy>> ReadAsync(IEnumerable<QueueEntry> batch, CancellationToken cancellationToken)
    {
        Dictionary<long, QueuedCopy> found = [];
        foreach (QueueEntry entry in batch)
        {
            if (entry.Id != _last) (_last, _copies) = (entry.Id, await OfAsync(entry.Id, cancellationToken));
            if (_copies.TryGetValue(entry.Key.CopyId, out QueuedCopy? copy)) found[entry.Key.CopyId] = copy;
        }

        return found;
    }

    private async Task<Dictionary<long, QueuedCopy>> OfAsync(QueueId id, CancellationToken cancellationToken)
    {
        try
        {
            return (await queue.FindAsync(id, cancellationToken))?.Copies.ToDictionary(copy => copy.CopyId) ?? [];
        }
        catch (QueueReadException)
        {
            return [];
        }
    }
}
