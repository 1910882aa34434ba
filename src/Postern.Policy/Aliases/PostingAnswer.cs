using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>What a list makes of a posting before any member is looked at.</summary>
internal abstract record PostingAnswer(ImmutableArray<ExplanationStep> Steps)
{
    /// <param name="HoldReason">not null: the copies are held.</param>
    public sealed record Allowed(string? HoldReason, ImmutableArray<ExplanationStep> Steps) : PostingAnswer(Steps);

    public sealed record Refused(ExpansionFault Fault, ImmutableArray<ExplanationStep> Steps) : PostingAnswer(Steps);

    public sealed record Moderated(ImmutableArray<Mailbox> Moderators, ImmutableArray<ExplanationStep> Steps) : PostingAnswer(Steps);
}
