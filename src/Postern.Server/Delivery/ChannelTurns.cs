using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>
/// Which of several channels with due mail has the first message. The store says what each has first, whether it may go or not: urgent
/// mail for a host in back-off would keep a channel in front for mail of it that is not urgent. So what a claim got instead counts, as
/// long as the store names the same message. Not for two threads at once.
/// </summary>
internal sealed class ChannelTurns
{
    private readonly Dictionary<string, (DueChannel Named, DueChannel Got)> _given = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the channel can be expected to give out first.</summary>
    public DueChannel Expected(DueChannel named) => _given.TryGetValue(named.Name, out var given) && given.Named == named ? given.Got : named;

    /// <summary>A claim got this message of the channel.</summary>
    public void Got(DueChannel named, QueuedRecipient recipient)
    {
        DueChannel got = named with { Rank = recipient.Rank, Next = recipient.Next };
        if ((got.Rank, got.Next).CompareTo((named.Rank, named.Next)) > 0) _given[named.Name] = (named, got);
        else _given.Remove(named.Name);
    }
}
