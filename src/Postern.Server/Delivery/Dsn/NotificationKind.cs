namespace Postern.Server.Delivery.Dsn;

/// <summary>What a notification says of a delivery (RFC 3464 §2.3.3).</summary>
public enum NotificationKind
{
    /// <summary>Given up.</summary>
    Failed,

    /// <summary>Late, but tried on.</summary>
    Delayed,

    /// <summary>In a mailbox, or handed to the members of a list.</summary>
    Delivered,

    /// <summary>Passed to a host that sends no such reports.</summary>
    Relayed,

    /// <summary>Handed to the members of a group.</summary>
    Expanded,
}
