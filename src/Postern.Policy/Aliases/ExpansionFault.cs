using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

/// <summary>Why an address, or one member of it, leads nowhere.</summary>
/// <param name="Code">of the SMTP reply when nothing else is left of the recipient.</param>
/// <param name="WaitsAlone">transient, but known: as a member of a group it waits by itself and does not keep the others waiting.</param>
public sealed record ExpansionFault(int Code, EnhancedCode Status, string Text, bool WaitsAlone = false)
{
    public bool IsTransient => Status.Class == 4;
}
