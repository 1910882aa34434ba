using Postern.Smtp.Replies;

namespace Postern.Server.Delivery;

/// <summary>Why a delivery did not succeed: who said so, in which phase, in which words.</summary>
/// <param name="RemoteHost">the host that answered, or null when the fault is ours.</param>
/// <param name="Reply">the remote reply as received, or null when there was none.</param>
public sealed record DeliveryFault(DeliveryPhase Phase, EnhancedCode Status, string Text, string? RemoteHost = null, string? Reply = null)
{
    public bool IsPermanent => Status.Class == 5;

    public override string ToString() => Reply ?? $"{(IsPermanent ? 550 : 450)} {Status} {Text}";
}
