using Postern.Queue;
using Postern.Cli.Commands;

namespace Postern.Cli;

/// <summary>What a selection means now: counts, and the first recipients to look at.</summary>
/// <param name="LastCopy">the newest copy that was seen; what comes in later was not shown, so it is not meant.</param>
internal sealed record QueuePreview(int Recipients, int Messages, IReadOnlyList<QueueEntry> First, long LastCopy)
{
    public static async Task<QueuePreview> ReadAsync(QueueAccess access, QueueFilter filter, int shown, CancellationToken cancellationToken)
    {
        int recipients = 0, messages = 0;
        List<QueueEntry> first = [];
        QueueEntry? last = null;
        await using IQueueView? queue = access.OpenView();
        if (queue is not null)
        {
            await foreach (QueueEntry entry in queue.ListAsync(filter, cancellationToken))
            {
                recipients++;
                if (last?.Id != entry.Id) messages++;
                if (first.Count < shown) first.Add(entry);
                last = entry;
            }
        }

        return new QueuePreview(recipients, messages, first, last?.Key.CopyId ?? 0);
    }

    public void Write(TextWriter output)
    {
        QueueListCommand.WriteTable(output, First, TimeProvider.System.GetUtcNow());
        if (Recipients > First.Count) output.WriteLine($"and {Recipients - First.Count} more: {Recipients} recipients of {Messages} messages");
    }
}
