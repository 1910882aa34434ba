using System.Collections.Immutable;
using Postern.Mapping.Automata;
using Postern.Mapping.Patterns;
using static Postern.Mapping.Tests.Automata.TableComparison;

namespace Postern.Mapping.Tests.Automata;

/// <summary>The compiled table against the naive matcher: which entries match, in which order, with which fields.</summary>
public sealed class TableAutomatonTests
{
    private static readonly string[] Elements = ["a", "b", "*", "%", "$_*", "$[a]*", "$@_[b]*", "$0*"];

    [Fact]
    public void Every_pattern_of_up_to_four_elements_answers_like_the_naive_matcher_on_every_text_of_up_to_six_characters()
    {
        ImmutableArray<Pattern> patterns = [.. Words(Elements, 4).Select(TryParse).OfType<Pattern>()];
        TableAutomaton remembering = new(patterns);
        TableAutomaton forgetful = new(patterns, cacheBytes: 0);
        string[] texts = [.. Words(["a", "B"], 6)];

        Assert.Equal(127, texts.Length);
        Assert.True(patterns.Length > 3500, $"only {patterns.Length} patterns");
        foreach (string text in texts)
        {
            string[]?[] wanted = Naive(patterns, text);
            Assert.True(AssertSame(remembering, patterns, text, wanted));
            Assert.True(AssertSame(forgetful, patterns, text, wanted));
            AssertStateSame(remembering, patterns, text, wanted);
        }

        Assert.Equal(0, forgetful.CachedStates);
    }

    // 40,000 tables x 25 probes. Each batch has a seed of its own, so a failure comes back wherever it runs.
    [Fact]
    public void A_million_random_tables_and_probes_answer_like_the_naive_matcher()
    {
        const int Batches = 80;
        int matched = 0;
        int limited = 0;
        Parallel.For(0, Batches, batch =>
        {
            RandomTables random = new(20261125 + batch);
            for (int i = 0; i < 500; i++)
            {
                ImmutableArray<Pattern> patterns = random.Table();
                // No memory, hardly any, and enough.
                TableAutomaton automaton = new(patterns, cacheBytes: (i % 3) switch { 0 => 0, 1 => 4000, _ => TableAutomaton.DefaultCacheBytes });
                for (int probe = 0; probe < 25; probe++)
                {
                    string text = random.Probe(patterns);
                    string[]?[] wanted = Naive(patterns, text);
                    if (!AssertSame(automaton, patterns, text, wanted))
                        Interlocked.Increment(ref limited);

                    AssertStateSame(automaton, patterns, text, wanted);
                    if (wanted.Any(w => w is not null))
                        Interlocked.Increment(ref matched);
                }
            }
        });

        Assert.True(matched > 400_000, $"only {matched} probes matched an entry");
        Assert.True(limited < 100, $"{limited} probes reached the step limit");
    }

    [Theory]
    // A field behind an address never takes its digits; an address takes all there are.
    [InlineData("$(10.0.0.0/8)*", "10.0.0.11", "10.0.0.11|")]
    [InlineData("$(10.0.0.0/8)*1", "10.0.0.11", null)]
    [InlineData("$(10.0.0.0/8)$(10.0.0.0/8)", "10.0.0.110.0.0.1", null)]
    [InlineData("$(10.0.0.0/8).", "10.0.0.1.", null)]
    [InlineData("*$(10.0.0.0/8)*", "x10.0.0.1y", "x|10.0.0.1|y")]
    [InlineData("*$(10.0.0.0/8)*", "110.0.0.1", "1|10.0.0.1|")]
    [InlineData("$(10.0.0.0/8)*$D*|", "10.0.0.1-1|", "10.0.0.1|-1|")]
    [InlineData("$(10.0.0.0/8)", "10.00.0.1", null)]
    [InlineData("$(10.0.0.0/8)", "10.0.0.256", null)]
    [InlineData("$(0.0.0.0/0)", "0.0.0.0", "0.0.0.0")]
    [InlineData("$<10.0.0.128/7>", "10.0.0.127", null)]
    [InlineData("$<10.0.0.128/7>", "10.0.0.128", "10.0.0.128")]
    [InlineData("$(10.32.0.0/11)", "10.63.255.255", "10.63.255.255")]
    [InlineData("$(10.32.0.0/11)", "10.64.0.0", null)]
    public void Address_in_a_pattern_ends_where_address_characters_end(string pattern, string text, string? fields)
    {
        ImmutableArray<Pattern> patterns = Parse(pattern);
        string[]?[] wanted = Naive(patterns, text);

        Assert.Equal(fields, wanted[0] is null ? null : string.Join('|', wanted[0]!));
        AssertSame(new TableAutomaton(patterns), patterns, text, wanted);
        AssertSame(new TableAutomaton(patterns, cacheBytes: 0), patterns, text, wanted);
        AssertStateSame(new TableAutomaton(patterns), patterns, text, wanted);
    }

    [Fact]
    public void Every_address_around_the_edges_of_every_prefix_length_is_decided_rightly()
    {
        uint[] bases = [0x0A010203, 0xC0A8FFFF, 0, 0xFFFFFFFF];
        ImmutableArray<Pattern> patterns = Parse(bases.SelectMany(b => Enumerable.Range(0, 33).Select(bits => $"$({Dotted(b)}/{bits})")));
        TableAutomaton automaton = new(patterns);
        foreach (uint address in bases.SelectMany(b => Enumerable.Range(0, 32).SelectMany(bit => new[] { b ^ (1u << bit), (b ^ (1u << bit)) - 1, b + 1 })))
        {
            string text = Dotted(address);
            string[]?[] wanted = Naive(patterns, text);
            AssertSame(automaton, patterns, text, wanted);
            AssertStateSame(automaton, patterns, text, wanted);
        }
    }

    [Fact]
    public void Characters_are_in_one_class_each_and_letters_of_both_cases_in_the_same()
    {
        CharacterClasses classes = new TableAutomaton(Parse("aÄ*$[x-zα-ω]%", "$(10.0.0.0/8)$D*")).Classes;

        bool[] seen = new bool[char.MaxValue + 1];
        for (int i = 0; i < classes.Count; i++)
        {
            Assert.Equal(i, classes.Of(classes.Representatives[i]));
            foreach ((char first, char last) in classes.Ranges(i))
            {
                for (int c = first; c <= last; c++)
                {
                    Assert.False(seen[c]);
                    seen[c] = true;
                    Assert.Equal(i, classes.Of((char)c));
                }
            }
        }

        Assert.DoesNotContain(false, seen);
        Assert.Equal(classes.Of('A'), classes.Of('a'));
        Assert.Equal(classes.Of('Y'), classes.Of('z'));
        Assert.Equal(classes.Of('α'), classes.Of('ψ'));
        Assert.NotEqual(classes.Of('ä'), classes.Of('Ä'));
        Assert.NotEqual(classes.Of('1'), classes.Of('2'));
        Assert.Equal(classes.Of('b'), classes.Of('\0'));
    }

    [Fact]
    public void Whole_automaton_of_a_table_can_be_listed()
    {
        TableAutomaton automaton = new(Parse("tcp_local|*|tcp_local|*", "tcp_*|tcp_lmtpcs*|*", "$(10.0.0.0/8)"));
        HashSet<AutomatonState> states = [automaton.Start];
        Queue<AutomatonState> open = new(states);
        while (open.TryDequeue(out AutomatonState? state))
        {
            for (int i = 0; i < automaton.Classes.Count; i++)
            {
                AutomatonState next = automaton.Successor(state, i);
                if (states.Add(next))
                    open.Enqueue(next);
            }
        }

        Assert.InRange(states.Count, 50, 2000);
        Assert.Contains(states, s => s.IsDead);
        Assert.Contains(states, s => s.Accepting.SequenceEqual([0, 1]));
        Assert.Contains(states, s => s.Accepting.SequenceEqual([2]));
        Assert.All(states, s => Assert.Equal(s.Accepting.IsEmpty ? -1 : s.Accepting[0], s.FirstAccepting(0)));
    }

    private static string Dotted(uint address) => $"{address >> 24}.{(byte)(address >> 16)}.{(byte)(address >> 8)}.{(byte)address}";

    // All concatenations of up to "longest" of the pieces.
    private static IEnumerable<string> Words(string[] pieces, int longest)
    {
        IEnumerable<string> words = [""];
        IEnumerable<string> last = words;
        for (int i = 0; i < longest; i++)
        {
            last = [.. last.SelectMany(w => pieces.Select(p => w + p))];
            words = words.Concat(last);
        }

        return words;
    }
}
