namespace Postern.Queue;

/// <summary>What an attempt did for one recipient, as the queue keeps it.</summary>
public enum DeliveryResult
{
    Delivered,
    Relayed,
    Expanded,

    /// <summary>Given up; a notification is owed unless NOTIFY forbids it.</summary>
    Failed,

    /// <summary>Due again later.</summary>
    Deferred,

    /// <summary>Waits for an operator.</summary>
    Held,

    /// <summary>Nothing was tried: queued as before the claim.</summary>
    GivenBack,
}
