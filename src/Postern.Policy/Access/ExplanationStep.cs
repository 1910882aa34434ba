using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Text;

namespace Postern.Policy.Access;

/// <summary>One step of a decision.</summary>
public abstract record ExplanationStep
{
    /// <summary>How the source channel was chosen or changed, or why it was not.</summary>
    /// <param name="Position">the service, channel block or user that says so; null where the rewrite before it does.</param>
    public sealed record Source(string Channel, string Reason, SourcePosition? Position = null) : ExplanationStep;

    /// <summary>An address went through the rewrite rules.</summary>
    /// <param name="Channel">null when no channel was found.</param>
    public sealed record Rewrite(string Input, string Address, string? Channel, string? Host, ImmutableArray<Rule> Rules, string? Fault) : ExplanationStep;

    /// <summary>A rewrite rule whose pattern matched.</summary>
    /// <param name="Result">the address or host the rule gave, or why it was passed over.</param>
    /// <param name="Applies">false: it was passed over.</param>
    /// <param name="Host">the host that was scanned for, or "" where that is not told.</param>
    public sealed record Rule(SourcePosition Position, string Text, string Result, bool Applies = true, string Host = "");

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

    /// <summary>The world outside was asked (a DNS list, a throttle, a directory), or has to be.</summary>
    /// <param name="Kind"><c>routine</c>, <c>url</c>, <c>attribute</c> or <c>sequence</c>.</param>
    /// <param name="Outcome"><c>yes</c>, <c>no</c>, <c>unavailable</c>, or <c>needed</c> while there is no answer.</param>
    /// <param name="Text">what came back with a yes.</param>
    public sealed record Callout(string Kind, string Name, string Argument, string Outcome, string Text) : ExplanationStep
    {
        /// <param name="answer">null while there is none.</param>
        public static Callout Of(Mapping.Evaluation.Callout asked, CalloutAnswer? answer)
        {
            string kind = asked.Kind switch
            {
                CalloutKind.Routine => "routine",
                CalloutKind.Url => "url",
                CalloutKind.DomainAttribute => "attribute",
                CalloutKind.Directory => "directory",
                _ => "sequence",
            };
            return answer switch
            {
                null => new Callout(kind, asked.Name, asked.Argument, "needed", ""),
                CalloutAnswer.Success success => new Callout(kind, asked.Name, asked.Argument, "yes", success.Text),
                CalloutAnswer.Entries entries => new Callout(kind, asked.Name, asked.Argument, "yes", string.Join("; ", entries.Found)),
                CalloutAnswer.Failure => new Callout(kind, asked.Name, asked.Argument, "no", ""),
                _ => new Callout(kind, asked.Name, asked.Argument, "unavailable", ""),
            };
        }
    }

    /// <summary>A rule of a list was applied to a posting.</summary>
    /// <param name="Text">the parameter as written.</param>
    /// <param name="Subject">what it was applied to.</param>
    /// <param name="Holds">null when it could not be told.</param>
    /// <param name="Decides">it made the list refuse, redirect or defer the posting.</param>
    public sealed record Clause(string List, SourcePosition Position, string Text, string Subject, bool? Holds, bool Decides) : ExplanationStep;

    /// <summary>Anything else a reader must know to follow the decision.</summary>
    public sealed record Note(string Text) : ExplanationStep;
}
