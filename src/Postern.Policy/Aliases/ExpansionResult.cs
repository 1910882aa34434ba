using System.Collections.Immutable;
using Postern.Policy.Access;

namespace Postern.Policy.Aliases;

/// <summary>What a recipient became.</summary>
/// <param name="Refusal">not null when nothing can be delivered; <paramref name="Recipients"/> is empty then.</param>
public sealed record ExpansionResult(
    ImmutableArray<ExpandedRecipient> Recipients,
    ExpansionFault? Refusal,
    ImmutableArray<ExplanationStep> Steps);
