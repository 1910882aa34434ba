using Postern.Mapping.Evaluation;
using Postern.Policy.Access;

namespace Postern.Server.Operations;

/// <summary>One decision about a recipient (or sender) with everything needed to retell it.</summary>
/// <param name="Snapshot">the configuration generation that decided.</param>
/// <param name="RecipientGiven">null for a decision about the sender.</param>
public sealed record DecisionRecord(
    string Id,
    DateTimeOffset Time,
    long Snapshot,
    SessionFacts Facts,
    string MailFrom,
    string? RecipientGiven,
    Decision Decision)
{
    /// <summary>The first callout without an answer, of the source channel or of the decision; null: nothing is open.</summary>
    public Callout? Pending => Facts.Source.Pending ?? Decision.Pending;
}
