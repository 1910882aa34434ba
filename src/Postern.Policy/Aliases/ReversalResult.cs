using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>What address reversal made of an address.</summary>
/// <param name="Address">the public address; null leaves the address as it is.</param>
/// <param name="CannotTell">a table could not be asked now; the address must not be taken for one that stays.</param>
public sealed record ReversalResult(Mailbox? Address, bool CannotTell, ImmutableArray<ExplanationStep> Steps)
{
    public static ReversalResult Unchanged { get; } = new(null, false, []);
}
