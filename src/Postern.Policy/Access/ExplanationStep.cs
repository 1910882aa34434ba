using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Access;

/// <summary>One step of a decision.</summary>
public abstract record ExplanationStep
{
    /// <summary>How the source channel was chosen or changed.</summary>
    public sealed record Source(string Channel, string Reason) : ExplanationStep;

    /// <summary>An address went through the rewrite rules.</summary>
    /// <param name="Channel">null when no channel was found.</param>
    public sealed record Rewrite(string Input, string Address, string? Channel, string? Host, ImmutableArray<Rule> Rules, string? Fault) : ExplanationStep;

    /// <param name="Result">the address or host the rule gave.</param>
    public sealed record Rule(SourcePosition Position, string Text, string Result);

    /// <summary>A mapping table was asked.</summary>
    /// <param name="Entry">the last entry that matched; null without a match.</param>
    /// <param name="Decides">this probe made the verdict.</param>
    public sealed record Probe(
        string Table,
        string Input,
        bool Matched,
        Entry? Entry,
        ImmutableArray<string> Captures,
        string Output,
        string Flags,
        bool Decides) : ExplanationStep
    {
        // Written out: the inherited type of this name keeps the compiler from making the property itself.
        public new Entry? Entry { get; init; } = Entry;
    }

    public sealed record Entry(SourcePosition Position, string Pattern, string Template);

    /// <summary>An alias, list or user account was found for the address, or none was.</summary>
    public sealed record Alias(string Key, SourcePosition? Position, string Outcome, ImmutableArray<string> Targets) : ExplanationStep;

    /// <summary>A rule of a list was applied to a posting.</summary>
    /// <param name="Text">the parameter as written.</param>
    /// <param name="Subject">what it was applied to.</param>
    /// <param name="Holds">null when it could not be told.</param>
    /// <param name="Decides">it made the list refuse, redirect or defer the posting.</param>
    public sealed record Clause(string List, SourcePosition Position, string Text, string Subject, bool? Holds, bool Decides) : ExplanationStep;

    /// <summary>Anything else a reader must know to follow the decision.</summary>
    public sealed record Note(string Text) : ExplanationStep;
}
