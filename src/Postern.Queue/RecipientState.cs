namespace Postern.Queue;

/// <summary>Where a recipient stands. docs/queue.md has the transitions. The numbers are stored.</summary>
public enum RecipientState
{
    /// <summary>Waits until it is due.</summary>
    Queued = 0,

    /// <summary>A delivery attempt is under way.</summary>
    Claimed = 1,

    /// <summary>Waits for an operator; does not age.</summary>
    Held = 2,

    /// <summary>Final: delivered to a mailbox, or to a next hop that reports itself.</summary>
    Delivered = 3,

    /// <summary>Final: given up.</summary>
    Failed = 4,

    /// <summary>Final: replaced by the members of an alias (RFC 3464 §2.3.3).</summary>
    Expanded = 5,

    /// <summary>Final: passed to a host that sends no success notifications (RFC 3464 §2.3.3).</summary>
    Relayed = 6,
}
