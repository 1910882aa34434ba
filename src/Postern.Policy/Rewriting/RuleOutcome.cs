using System.Collections.Immutable;
using System.Text;

namespace Postern.Policy.Rewriting;

/// <summary>What applying one template gave.</summary>
/// <param name="Failed">the control or substitution that did not hold, for the explanation; null when the rule applied.</param>
/// <param name="Fields">user, host and what follows; one or none for controls only.</param>
internal sealed record RuleOutcome(string? Failed, ImmutableArray<string> Fields, string Separators, string? Tag = null, FailureText? Failure = null)
{
    public bool Applies => Failed is null;

    /// <summary>Whether the rule applies cannot be told now; no other rule may answer in its place.</summary>
    public bool CannotTell { get; private init; }

    /// <summary>The directory could not be asked and <c>domain_failure</c> took the place of the template's end.</summary>
    public bool DirectoryFailed { get; init; }

    /// <summary><c>A%B</c>: the host is scanned for again.</summary>
    public bool Repeats => Separators == "%";

    /// <summary>Controls only: the host stands for itself.</summary>
    public bool KeepsHost => Separators.Length == 0;

    public string User => Fields[0];

    public string Host => Fields[1];

    /// <summary>The host that is put in front of the route, or null.</summary>
    public string? InsertedRoute => Separators is "@@" or "@@@" ? Fields[2] : null;

    /// <summary>What leads to the channel: the last field.</summary>
    public string RoutingHost => Fields[^1];

    public static RuleOutcome Fail(string reason) => new(reason, [], "");

    public static RuleOutcome Unknown(string reason) => new(reason, [], "") { CannotTell = true };

    public override string ToString()
    {
        if (Failed is not null) return $"{(CannotTell ? "cannot tell" : "does not apply")}: {Failed}";
        if (Fields.Length == 2 && !Repeats && Tag is null && !DirectoryFailed) return $"{Fields[0]}{Separators}{Fields[1]}";
        StringBuilder text = new();
        if (KeepsHost)
        {
            text.Append("as it is");
        }
        else
        {
            text.Append(Fields[0]);
            for (int i = 0; i < Separators.Length; i++) text.Append(Separators[i]).Append(Fields[i + 1]);
        }

        if (Repeats) text.Append(", once more");
        if (Tag is not null) text.Append(", tag \"").Append(Tag).Append('"');
        if (DirectoryFailed) text.Append(", the directory cannot answer");
        return text.ToString();
    }
}
