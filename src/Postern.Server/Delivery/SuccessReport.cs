namespace Postern.Server.Delivery;

/// <summary>What NOTIFY=SUCCESS brings the sender of a message that left us (RFC 3461 §5.2, §6).</summary>
public enum SuccessReport
{
    /// <summary>"delivered": it lies in a mailbox.</summary>
    Delivered,

    /// <summary>"relayed": the next host does not know of such reports.</summary>
    Relayed,

    /// <summary>Nothing from here: whoever has the message now will tell.</summary>
    PassedOn,
}
