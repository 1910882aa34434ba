using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Policy.Rewriting;

/// <summary>
/// The rewrite rules of a configuration: an ordered multimap from pattern to rules. Patterns are compared as text with the probes
/// that scanning makes of a host, never globbed, so finding a rule costs one look-up a probe whatever their number.
/// </summary>
public sealed class RewriteRules
{
    private readonly FrozenDictionary<string, ImmutableArray<RewriteRule>> _byPattern;
    private readonly FrozenDictionary<string, ImmutableArray<RewriteRule>>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    private RewriteRules(ImmutableArray<RewriteRule> rules)
    {
        All = rules;
        _byPattern = rules.GroupBy(r => r.Key, StringComparer.Ordinal)
            .ToFrozenDictionary(g => g.Key, g => g.ToImmutableArray(), StringComparer.Ordinal);
        _lookup = _byPattern.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public static RewriteRules Empty { get; } = new([]);

    /// <summary>In file order.</summary>
    public ImmutableArray<RewriteRule> All { get; }

    /// <summary>The rules of a pattern in file order; empty when there are none.</summary>
    /// <param name="probe">lower case, A-labels, with the current tag before it.</param>
    public ImmutableArray<RewriteRule> Find(ReadOnlySpan<char> probe) =>
        _lookup.TryGetValue(probe, out ImmutableArray<RewriteRule> rules) ? rules : [];

    /// <summary>Parses the lines before the first blank one. Every fault becomes a diagnostic; the sound rules are kept.</summary>
    /// <param name="options">the routines that templates may call; null is none.</param>
    public static RewriteRules Load(IReadOnlyList<LogicalLine> lines, ICollection<Diagnostic> diagnostics, MappingOptions? options = null)
    {
        ImmutableArray<RewriteRule>.Builder rules = ImmutableArray.CreateBuilder<RewriteRule>(lines.Count);
        foreach (LogicalLine line in lines)
        {
            string text = line.Text.Trim();
            int blank = text.AsSpan().IndexOfAny(' ', '\t');
            if (blank < 0)
            {
                diagnostics.Add(Diagnostic.Error(line.Position, $"rule \"{Printable.Of(text)}\" has no template"));
                continue;
            }

            string pattern = text[..blank], template = text[blank..].Trim();
            if (RewriteTemplateParser.Parse(template, options ?? MappingOptions.Default, line.Position, diagnostics) is { } parsed)
                rules.Add(new RewriteRule(line.Position, pattern, RulePattern.KeyOf(pattern), template, parsed));
        }

        return new RewriteRules(rules.ToImmutable());
    }
}
