using System.Collections.Immutable;
using System.Text;

namespace Postern.Policy.Rewriting;

/// <summary>What applying one template gave.</summary>
/// <param name="Failed">the control or substitution that did not hold, for the explanation; null when the rule applied.</param>
/// <param name="Fields">user, host and what follows; one or none for controls only.</param>
internal sealed record RuleOutcome(string? Failed, ImmutableArray<string> Fields, string Separators, string? Tag, FailureText? Failure)
{
    public static RuleOutcome Fail(string reason) => new(reason, [], "", null, null);

    public bool Applies => Failed is null;

    /// <summary><c>A%B</c>: the host is scanned for again.</summary>
    public bool Repeats => Separators == "%";

    public string User => Fields[0];

    public string Host => Fields[1];

    /// <summary>The host that is put in front of the route, or null.</summary>
    public string? InsertedRoute => Separators is "@@" or "@@@" ? Fields[2] : null;

    /// <summary>What leads to the channel: the last field.</summary>
    public string RoutingHost => Fields[^1];

    public override string ToString()
    {
        if (Failed is not null) return $"does not apply: {Failed}";
        if (Separators.Length == 0) return "as it is";
        StringBuilder text = new(Fields[0]);
        for (int i = 0; i < Separators.Length; i++) text.Append(Separators[i]).Append(Fields[i + 1]);
        return text.ToString();
    }
}
