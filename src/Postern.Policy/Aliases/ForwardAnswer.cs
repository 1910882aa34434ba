using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>What FORWARD said about an address.</summary>
/// <param name="Address">the new address; null leaves it as it is.</param>
/// <param name="Restarts">the new address is rewritten and expanded anew.</param>
/// <param name="IsFinal"><c>$H</c>: FORWARD is not asked again for what it leads to.</param>
/// <param name="Holds"><c>$I</c>.</param>
/// <param name="CannotTell">the table could not be asked now.</param>
internal sealed record ForwardAnswer(
    Mailbox? Address, bool Restarts, bool IsFinal, bool Holds, bool CannotTell, ImmutableArray<ExplanationStep> Steps);
