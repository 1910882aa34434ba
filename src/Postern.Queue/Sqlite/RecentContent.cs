namespace Postern.Queue;

/// <summary>
/// Content that was taken a moment ago, for the claim that will soon ask for it: most mail leaves a queue before long, and need not be read from the
/// disk then. Bounded; the oldest gives way, and what a claim took is forgotten.
/// </summary>
internal sealed class RecentContent
{
    /// <summary>Octets that are kept at most.</summary>
    public const int Room = 8 * 1024 * 1024;

    /// <summary>Longer content is not kept: there would be room for little of it.</summary>
    public const int Longest = 64 * 1024;

    private readonly Lock _gate = new();
    private readonly Dictionary<long, LinkedListNode<(long Message, byte[] Content)>> _known = [];
    private readonly LinkedList<(long Message, byte[] Content)> _oldestFirst = [];
    private long _octets;

    /// <param name="message">its number; not added before.</param>
    public void Add(long message, byte[] content)
    {
        if (content.Length > Longest) return;
        lock (_gate)
        {
            while (_octets + content.Length > Room) Forget(_oldestFirst.First!);
            _known.Add(message, _oldestFirst.AddLast((message, content)));
            _octets += content.Length;
        }
    }

    /// <summary>The content of a message, which is forgotten then; null when it is not here, or not any more.</summary>
    public byte[]? Take(long message)
    {
        lock (_gate)
        {
            if (!_known.TryGetValue(message, out LinkedListNode<(long Message, byte[] Content)>? node)) return null;
            Forget(node);
            return node.Value.Content;
        }
    }

    private void Forget(LinkedListNode<(long Message, byte[] Content)> node)
    {
        _known.Remove(node.Value.Message);
        _oldestFirst.Remove(node);
        _octets -= node.Value.Content.Length;
    }
}
