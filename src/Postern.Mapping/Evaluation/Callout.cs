using System.Collections.Immutable;

namespace Postern.Mapping.Evaluation;

/// <summary>A question that only the caller can answer. Equal callouts have the same answer within one evaluation.</summary>
/// <param name="Name">routine, attribute or sequence file; empty for a URL.</param>
/// <param name="Argument">
/// the expanded argument; domain or URL; empty for a sequence. In the argument of a routine each <c>$</c> of matched text is
/// doubled, because the answer is read as template text: a routine that puts other outside text into its answer must double <c>$</c> too.
/// </param>
public sealed record Callout(CalloutKind Kind, string Name, string Argument)
{
    /// <summary>Tells the numbers of one sequence apart that one question draws: 0, 1, …; 0 for other kinds.</summary>
    public int Occurrence { get; init; }

    /// <summary>Searches of a directory that will probably be needed too, and may be made at the same time.</summary>
    public ImmutableArray<Callout> Along { get; init; } = [];

    /// <summary>The random numbers drawn before the question, so that the replay takes the same way to it.</summary>
    internal ImmutableArray<double> Draws { get; init; } = [];

    public bool Equals(Callout? other) =>
        other is not null && Kind == other.Kind && Name == other.Name && Argument == other.Argument && Occurrence == other.Occurrence;

    public override int GetHashCode() => HashCode.Combine(Kind, Name, Argument, Occurrence);
}
