namespace Postern.Queue;

/// <summary>Asks a filter of entries, oldest message first, and of the content of a message once for all its entries.</summary>
internal sealed class FilteredWalk(IQueueView queue, QueueFilter filter)
{
    private long? _message;
    private bool _contentHolds;

    public async ValueTask<bool> PassesAsync(QueueEntry entry, CancellationToken cancellationToken) =>
        filter.Matches(entry) ?? await ContentHoldsAsync(entry, cancellationToken);

    private async ValueTask<bool> ContentHoldsAsync(QueueEntry entry, CancellationToken cancellationToken)
    {
        long message = QueueNumbers.MessageOfCopy(entry.Key.CopyId);
        if (_message != message) (_message, _contentHolds) = (message, await AskAsync(entry.Id, cancellationToken));
        return _contentHolds;
    }

    /// <summary>Of content that is gone or damaged nothing holds.</summary>
    private async ValueTask<bool> AskAsync(QueueId id, CancellationToken cancellationToken)
    {
        try
        {
            await using Stream content = await queue.OpenContentAsync(id, cancellationToken);
            return await filter.Content!.HoldsAsync(content, cancellationToken);
        }
        catch (QueueReadException)
        {
            return false;
        }
    }
}
