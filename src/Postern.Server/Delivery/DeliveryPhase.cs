namespace Postern.Server.Delivery;

/// <summary>How far a delivery had come when it failed.</summary>
public enum DeliveryPhase
{
    Routing,
    Connect,
    Greeting,
    Tls,
    Authentication,
    MailFrom,
    RcptTo,
    Content,
    Store,
}
