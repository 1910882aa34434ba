using System.Collections.Immutable;
using System.Globalization;
using Postern.Mapping.Automata;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using static Postern.Mapping.Tests.Automata.TableComparison;

namespace Postern.Mapping.Tests.Automata;

/// <summary>What a probe may cost: steps, states and bytes.</summary>
public sealed class AutomatonLimitsTests
{
    private static readonly string[] RelayPolicy =
    [
        "tcp_local|*|tcp_local|*", "tcp_*|*|native|*", "tcp_*|*|hold|*", "tcp_*|*|pipe|*", "tcp_*|*|ims-ms|*", "tcp_*|tcp_lmtpcs*|*",
        "tcp_local|*|tcp_intranet|@*:*.*", "tcp_local|*|tcp_intranet|*$%*@*", "tcp_local|*|tcp_intranet|*.*!*@*", "tcp_local|*|tcp_intranet|\"*@*\"@*",
    ];

    private static readonly string[] RelayProbes =
    [
        "tcp_local|alan@very.bogus.example.com|tcp_local|somebody@host.in.the.corp.example.com", "tcp_local||tcp_intranet|v%other.example@in.corp.example",
        "tcp_local|a@b.c|tcp_intranet|\"v@ext.org\"@in.corp", "tcp_intranet|a@b.c|l|d@e.f", "tcp_local|a@b.c|tcp_lmtpcs_2|u@d.e", "TCP|192.0.2.25|25|10.1.2.3|4321",
    ];

    public static TheoryData<string> Tables => new("relay policy", "stars before one a", "same star 10,000 times", "10,000 endings", "10,000 domains", "10,000 networks", "sets");

    [Theory]
    [MemberData(nameof(Tables))]
    public void Probe_takes_no_more_steps_than_the_stated_bound(string name)
    {
        TableAutomaton automaton = new(Table(name));
        foreach (string probe in Probes())
            Assert.InRange(automaton.Steps(probe), 0, 4L * automaton.Nodes * probe.Length);
    }

    [Theory]
    // Positions active at once: what the table's shape allows, whatever its number of entries.
    [InlineData("stars before one a", 11)]
    [InlineData("same star 10,000 times", 3)]
    [InlineData("10,000 endings", 8)]
    [InlineData("10,000 domains", 12)]
    [InlineData("10,000 networks", 24)]
    public void Steps_per_character_do_not_grow_with_the_table(string name, int perCharacter)
    {
        TableAutomaton automaton = new(Table(name));
        foreach (string probe in Probes())
            Assert.InRange(automaton.Steps(probe), 0, (long)perCharacter * probe.Length);
    }

    [Fact]
    public void Stars_before_a_text_that_is_not_there_are_no_match()
    {
        ImmutableArray<Pattern> patterns = Parse("*a*a*a*a*b", "$_*a$_*a$_*a*a*ab");
        foreach (long cache in new[] { TableAutomaton.DefaultCacheBytes, 0 })
        {
            TableAutomaton automaton = new(patterns, cache);
            Assert.Equal(2, automaton.First(new string('a', 4000), 0).Index);
            Assert.Equal(0, automaton.First(new string('a', 4000) + "b", 0).Index);
            Assert.Equal(1, automaton.First(new string('a', 4000) + "b", 1).Index);
        }
    }

    [Fact]
    public void Probe_on_known_states_allocates_nothing()
    {
        TableAutomaton relay = new(Parse(RelayPolicy));
        TableAutomaton domains = new(Table("10,000 domains"));
        TableAutomaton networks = new(Table("10,000 networks"));
        TableAutomaton backMatches = new(Parse("*|$0*", "*|${2001:db8::/32}|*"));
        int indexes = All();

        long before = GC.GetAllocatedBytesForCurrentThread();
        int again = All();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(indexes, again);
        Assert.Equal(0, allocated);

        int All()
        {
            int sum = 0;
            foreach (string probe in RelayProbes)
                sum += relay.First(probe, 0).Index + relay.First(probe, 3).Index;

            sum += domains.First("tcp_local|who@domain9999|tcp_intranet|v@w.x", 0).Index + domains.First("tcp_local|who@nowhere|l|v", 0).Index;
            sum += networks.First("10.39.15.200", 0).Index + networks.First("192.0.2.1", 0).Index;
            return sum + backMatches.First("ab|AB", 0).Index + backMatches.First("x|2001:db8::1|y", 0).Index;
        }
    }

    [Fact]
    public void Probe_allocates_nothing_either_when_no_state_is_remembered()
    {
        TableAutomaton automaton = new(Parse(RelayPolicy), cacheBytes: 0);
        int indexes = RelayProbes.Sum(p => automaton.First(p, 0).Index);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int again = 0;
        foreach (string probe in RelayProbes)
            again += automaton.First(probe, 0).Index;
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(indexes, again);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Table_with_more_states_than_memory_keeps_within_it_and_answers_rightly()
    {
        // Each of the last 20 characters was an "a" or was not: a million states.
        ImmutableArray<Pattern> patterns = Parse("*a" + new string('%', 19), "*");
        TableAutomaton automaton = new(patterns, cacheBytes: 100_000);
        Random random = new(7);
        int most = 0;
        for (int i = 0; i < 2000; i++)
        {
            string text = random.GetString("ab", 1000);
            Assert.Equal(text[^20] == 'a' ? 0 : 1, automaton.First(text, 0).Index);
            most = Math.Max(most, automaton.CachedStates);
        }

        Assert.InRange(most, 100, 500);
    }

    [Fact]
    public void Forgotten_states_are_learnt_anew_for_the_traffic_there_is()
    {
        TableAutomaton automaton = new(Parse("*a" + new string('%', 19), "other|*"), cacheBytes: 100_000);
        Random random = new(7);
        bool Remembers() => automaton.CachedStates < 30;
        for (int i = 0; i < 1000; i++)
            automaton.First(random.GetString("ab", 1000), 0);

        // The memory is full of what came first; after about a million characters of other traffic it holds that traffic.
        int probes = 0;
        for (; !Remembers() && probes < 100_000; probes++)
            automaton.First("other|" + new string('x', 100), 0);

        Assert.InRange(probes, 1, 20_000);
        Assert.Equal(1, automaton.First("other|", 0).Index);
    }

    [Fact]
    public void Sessions_share_an_automaton_while_it_learns_and_forgets()
    {
        RandomTables tables = new(99);
        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            ImmutableArray<Pattern> patterns;
            lock (tables)
                patterns = tables.Table();

            TableAutomaton shared = new(patterns, cacheBytes: 20_000);
            Parallel.For(0, 4, thread =>
            {
                RandomTables random = new(i);
                for (int probe = 0; probe < 200; probe++)
                {
                    string text = random.Probe(patterns);
                    AssertSame(shared, patterns, text, Naive(patterns, text));
                }
            });
        });
    }

    private static ImmutableArray<Pattern> Table(string name) => name switch
    {
        "relay policy" => Parse(RelayPolicy),
        "stars before one a" => Parse("*a*a*a*a*b"),
        "same star 10,000 times" => Parse(Enumerable.Repeat("*x", 10_000)),
        "10,000 endings" => Parse(Enumerable.Range(0, 10_000).Select(i => $"*x{i}")),
        "10,000 domains" => Parse(Enumerable.Range(0, 10_000).Select(i => $"tcp_local|*@domain{i}|*|*")),
        "10,000 networks" => Parse(Enumerable.Range(0, 10_000).Select(i => $"$(10.{i / 256}.{i % 256}.0/{20 + (i % 13)})")),
        "sets" => Parse(Enumerable.Range(0, 500).Select(i => string.Create(CultureInfo.InvariantCulture, $"*$[a-{(char)('b' + (i % 20))}{(char)(0x400 + i)}]*x"))),
        _ => throw new ArgumentException("no such table", nameof(name)),
    };

    private static string[] Probes() =>
    [
        new('a', 4000), new string('a', 4000) + "b", new('x', 4000), string.Concat(Enumerable.Repeat("x123456789", 400)), new('1', 4000),
        string.Concat(Enumerable.Repeat("10.1.2.3|", 400)), "tcp_local|" + string.Concat(Enumerable.Repeat("@domain77|", 300)), "10.39.15.200", .. RelayProbes,
    ];
}
