namespace Postern.Server.Delivery;

/// <summary>How urgent a message is (Administration Guide 6.3, ch. 12, "Processing based on priority").</summary>
internal enum MessagePriority
{
    Normal,
    Urgent,
    Nonurgent,
}
