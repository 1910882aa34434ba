using Postern.Mapping.Evaluation;
using Postern.Policy.Access;

namespace Postern.Server.Operations;

/// <summary>One decision about a connection, a sender or a recipient, with everything needed to retell it.</summary>
/// <param name="Snapshot">the configuration generation that decided.</param>
/// <param name="MailFrom">as the client gave it; null for a decision about the connection.</param>
/// <param name="RecipientGiven">null for a decision about the connection or the sender.</param>
public sealed record DecisionRecord(
    string Id,
    DateTimeOffset Time,
    long Snapshot,
    SessionFacts Facts,
    string? MailFrom,
    string? RecipientGiven,
    Decision Decision)
{
    /// <summary>The first callout without an answer, of the source channel or of the decision; null: nothing is open.</summary>
    public Callout? Pending => Facts.Source.Pending ?? Decision.Pending;

    /// <summary>The sender that later checks saw, where it is not the one given: completed, or replaced by FROM_ACCESS.</summary>
    public string? EffectiveFrom { get; init; }

    /// <summary>How the connection was let in; null when that is what was decided, or nothing asked.</summary>
    public Explanation? Admission { get; init; }

    /// <summary>How the sender was accepted; null for a decision that came before.</summary>
    public Explanation? Sender { get; init; }
}
