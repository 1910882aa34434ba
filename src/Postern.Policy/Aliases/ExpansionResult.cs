using System.Collections.Immutable;
using Postern.Policy.Access;

namespace Postern.Policy.Aliases;

/// <summary>What a recipient became.</summary>
/// <param name="Refusal">not null when nothing can be delivered; <paramref name="Recipients"/> is empty then.</param>
/// <param name="Notices">reports of success that the sender is owed at once.</param>
public sealed record ExpansionResult(
    ImmutableArray<ExpandedRecipient> Recipients,
    ExpansionFault? Refusal,
    ImmutableArray<ExplanationStep> Steps,
    ImmutableArray<ExpansionNotice> Notices);
