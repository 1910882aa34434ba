namespace Postern.Server.Operations;

/// <summary>The first values of an order, of however many: no more than the limit are kept at a time.</summary>
/// <param name="limit">0 or less keeps none.</param>
/// <param name="order">no two values are equal in it.</param>
public sealed class FirstInOrder<T>(int limit, IComparer<T> order)
{
    // The last of those kept is on top: it is what a better one takes the place of.
    private readonly PriorityQueue<T, T> _kept = new(Comparer<T>.Create((a, b) => order.Compare(b, a)));

    public void Add(T value)
    {
        if (_kept.Count < limit) _kept.Enqueue(value, value);
        else if (limit > 0) _kept.EnqueueDequeue(value, value);
    }

    public IReadOnlyList<T> Values() => [.. _kept.UnorderedItems.Select(kept => kept.Element).Order(order)];
}
