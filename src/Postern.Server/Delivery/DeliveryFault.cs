using Postern.Server.Delivery.Smtp;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>Why a delivery did not succeed: who said so, in which phase, in which words.</summary>
/// <param name="RemoteHost">the host that answered, or null when the fault is ours.</param>
/// <param name="Reply">the remote reply as received, or null when there was none.</param>
public sealed record DeliveryFault(DeliveryPhase Phase, EnhancedCode Status, string Text, string? RemoteHost = null, string? Reply = null)
{
    /// <summary>What a peer gets that does not speak SMTP: "other or undefined protocol status" (RFC 3463 §3.6).</summary>
    public static readonly EnhancedCode Malformed = new(4, 5, 0);

    /// <summary>The attempt ended by a defect, or by what nobody foresaw: "other or undefined mail system status" (RFC 3463 §3.4).</summary>
    /// <param name="why">null where the log has it.</param>
    public static DeliveryFault BrokeOff(string? why = null) => new(DeliveryPhase.Store, new EnhancedCode(4, 3, 0), why is null ? "the attempt broke off" : $"the attempt broke off: {why}");

    /// <summary>The connection on which it happened; null where there was none.</summary>
    public HopFacts? Hop { get; init; }

    public bool IsPermanent => Status.Class == 5;

    /// <summary>The peer said something that is no reply, or none to that command.</summary>
    public bool IsMalformed => Status == Malformed && (Reply is null || Reply[0] is '2' or '3');

    public override string ToString() => Reply ?? $"{(IsPermanent ? 550 : 450)} {Status} {Text}";
}
