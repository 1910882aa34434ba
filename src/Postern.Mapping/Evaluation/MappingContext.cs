using Postern.Mapping.Tables;

namespace Postern.Mapping.Evaluation;

/// <summary>What one evaluation needs besides table and input.</summary>
/// <param name="Set">the tables <c>$|table;arg|</c> can name, and the general text of <c>${key}</c>.</param>
/// <param name="Random">0 &lt;= x &lt; 1, for <c>$?x?</c>; numbers drawn before a callout are used again in the replay.</param>
public sealed record MappingContext(MappingSet Set, InputFlags Flags, CalloutAnswers Answers, Func<double> Random)
{
    /// <summary>A callout that cannot be answered makes its entry fail, as the ancestor does, instead of the mapping (option ACCESS_CALLOUT_FAILURE).</summary>
    public bool UnavailableFailsEntry { get; init; }

    /// <summary>For a question that takes several evaluations: theirs in common, made of <see cref="Answers"/> and <see cref="Random"/>. Null: of this one alone.</summary>
    public Replay? Replay { get; init; }
}
