using System.Collections.Immutable;
using Postern.Mapping.Automata;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Automata;

/// <summary>Asks an automaton and the naive matcher the same question.</summary>
internal static class TableComparison
{
    public static Pattern? TryParse(string written)
    {
        List<Diagnostic> diagnostics = [];
        return Pattern.TryParse(written, default, diagnostics, out Pattern? pattern) ? pattern : null;
    }

    public static ImmutableArray<Pattern> Parse(params IEnumerable<string> written) =>
        [.. written.Select(w => TryParse(w) ?? throw new ArgumentException($"\"{w}\" is no pattern", nameof(written)))];

    public static string[]?[] Naive(ImmutableArray<Pattern> patterns, string text) => [.. patterns.Select(p => NaiveMatcher.Match(p, text))];

    /// <summary>Walks from match to match, as a mapping does that goes on behind each; every entry has to be met that matches, with its fields.</summary>
    /// <returns>false when the step limit of a pattern with a back match ended the comparison.</returns>
    public static bool AssertSame(TableAutomaton automaton, ImmutableArray<Pattern> patterns, string text, string[]?[] wanted)
    {
        int next = 0;
        for (int i = 0; i <= wanted.Length; i++)
        {
            if (i < wanted.Length && wanted[i] is null)
                continue;

            EntryMatch found = automaton.First(text, next);
            if (found.Pattern.Outcome == PatternOutcome.StepLimit && !automaton.IsExact(found.Index))
                return false;

            if (found.Index != i || (i < wanted.Length && !SameFields(found.Pattern, text, wanted[i]!)))
                Fail(patterns, text, next, i, wanted, found);

            next = i + 1;
        }

        return true;
    }

    /// <summary>The state behind the text, reached by the steps a proof takes, names every entry that matches, and of the exact ones no other.</summary>
    public static void AssertStateSame(TableAutomaton automaton, ImmutableArray<Pattern> patterns, string text, string[]?[] wanted)
    {
        AutomatonState state = automaton.Start;
        foreach (char c in text)
            state = automaton.Successor(state, automaton.Classes.Of(c));

        ReadOnlySpan<int> accepting = state.Accepting;
        for (int i = 0; i < wanted.Length; i++)
        {
            bool accepts = accepting.Contains(i);
            Assert.True(wanted[i] is null || accepts, $"the state behind \"{text}\" misses \"{patterns[i]}\"");
            Assert.True(wanted[i] is not null || !accepts || !automaton.IsExact(i), $"the state behind \"{text}\" names \"{patterns[i]}\"");
        }
    }

    private static bool SameFields(PatternMatch match, string text, string[] wanted)
    {
        if (!match.IsMatch || match.FieldCount != wanted.Length)
            return false;

        for (int i = 0; i < wanted.Length; i++)
        {
            if (!text.AsSpan(match[i]).SequenceEqual(wanted[i]))
                return false;
        }

        return true;
    }

    private static void Fail(ImmutableArray<Pattern> patterns, string text, int from, int index, string[]?[] wanted, EntryMatch found)
    {
        string naive = index < wanted.Length ? $"{index} [{string.Join('|', wanted[index]!)}]" : "none";
        string compiled = found.Pattern.IsMatch ? $"{found.Index} [{string.Join('|', found.Pattern.Texts(text))}]" : $"{found.Index} {found.Pattern.Outcome}";
        Assert.Fail($"patterns {string.Join("  ", patterns.Take(20))}\nprobe \"{text}\" from {from}\nnaive {naive}\ncompiled {compiled}");
    }
}
