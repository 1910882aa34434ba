using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Directories;

/// <summary>
/// Which entries a search wants (RFC 4511 §4.5.1.7). Filters are built as values, never pasted together as text, so that
/// what a client wrote stays an assertion value whatever is in it.
/// </summary>
public abstract record DirectoryFilter
{
    /// <summary>Filters nest so deep at most.</summary>
    public const int MaximumDepth = 32;

    private DirectoryFilter()
    {
    }

    public static DirectoryFilter Everything { get; } = new Present("objectClass");

    /// <param name="Parts">none is always true (RFC 4526).</param>
    public sealed record And(ImmutableArray<DirectoryFilter> Parts) : DirectoryFilter
    {
        public override string ToString() => $"(&{string.Concat(Parts)})";
    }

    /// <param name="Parts">none is always false (RFC 4526).</param>
    public sealed record Or(ImmutableArray<DirectoryFilter> Parts) : DirectoryFilter
    {
        public override string ToString() => $"(|{string.Concat(Parts)})";
    }

    public sealed record Not(DirectoryFilter Part) : DirectoryFilter
    {
        public override string ToString() => $"(!{Part})";
    }

    public sealed record Compare(string Attribute, FilterComparison Comparison, string Value) : DirectoryFilter
    {
        public override string ToString() => $"({Attribute}{Sign}{FilterValue.Escape(Value)})";

        private string Sign => Comparison switch
        {
            FilterComparison.AtLeast => ">=",
            FilterComparison.AtMost => "<=",
            FilterComparison.Approximate => "~=",
            _ => "=",
        };
    }

    public sealed record Present(string Attribute) : DirectoryFilter
    {
        public override string ToString() => $"({Attribute}=*)";
    }

    /// <param name="Initial">null when the value may begin with anything.</param>
    /// <param name="Final">null when it may end with anything.</param>
    public sealed record Substrings(string Attribute, string? Initial, ImmutableArray<string> Inner, string? Final) : DirectoryFilter
    {
        public override string ToString() =>
            $"({Attribute}={FilterValue.Escape(Initial ?? "")}*{string.Concat(Inner.Select(i => FilterValue.Escape(i) + "*"))}{FilterValue.Escape(Final ?? "")})";
    }

    /// <param name="Attribute">null: any attribute that the rule applies to.</param>
    /// <param name="Rule">null: the equality rule of the attribute.</param>
    /// <param name="OfName">the parts of the entry's name count as attributes too (<c>:dn</c>).</param>
    public sealed record Extensible(string? Attribute, string? Rule, string Value, bool OfName) : DirectoryFilter
    {
        public override string ToString() => $"({Attribute}{(OfName ? ":dn" : "")}{(Rule is null ? "" : ":" + Rule)}:={FilterValue.Escape(Value)})";
    }

    public static DirectoryFilter Equal(string attribute, string value) => new Compare(attribute, FilterComparison.Equal, value);

    // Each case writes itself; without this the compiler would write records' own texts.
    public abstract override string ToString();
}
