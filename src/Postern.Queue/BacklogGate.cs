using System.Diagnostics.CodeAnalysis;

namespace Postern.Queue;

/// <summary>Leaves to the jobs of a next hop the mail that they can be expected to take (<see cref="QueueClaim.Backlog"/>).</summary>
/// <typeparam name="T">a due group.</typeparam>
internal sealed class BacklogGate<T>(IReadOnlyDictionary<string, int>? backlog)
    where T : notnull
{
    private readonly Dictionary<string, Queue<T>> _left = new(StringComparer.Ordinal);

    /// <summary>Shows the gate a due group, longest due first.</summary>
    /// <param name="passed">the group itself, or one of its host that is due longer, now that enough others wait behind it.</param>
    public bool TryPass(string host, T group, [MaybeNullWhen(false)] out T passed)
    {
        passed = group;
        if (backlog is null || !backlog.TryGetValue(host, out int limit)) return true;
        if (!_left.TryGetValue(host, out Queue<T>? waiting)) _left[host] = waiting = new Queue<T>();
        waiting.Enqueue(group);
        if (waiting.Count <= limit) return false;
        passed = waiting.Dequeue();
        return true;
    }
}
