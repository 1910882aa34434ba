namespace Postern.Server.Delivery.Smtp;

/// <summary>How far an attempt came with one host; what is said of it when it breaks off.</summary>
internal sealed class HopProgress
{
    public DeliveryPhase Phase { get; set; } = DeliveryPhase.Connect;

    /// <summary>The last connection; null before there was one.</summary>
    public SmtpClientSession? Session { get; set; }
}
