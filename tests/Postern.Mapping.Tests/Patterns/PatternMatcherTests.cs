using CsCheck;
using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Patterns;

public sealed class PatternMatcherTests
{
    private static readonly string[] Pieces = ["a", "b", "*", "%", "$_*", "$@*", "$[a]*", "$_[b]*", "$[b]%", "$@_%", "$0*", "$@1"];

    [Fact]
    public void Every_small_pattern_answers_like_the_naive_matcher_on_every_small_text()
    {
        string[] texts = [.. Words(["a", "b", "A"], 4)];
        int compared = 0;
        foreach (string written in Words(Pieces, 3))
        {
            if (!Pattern.TryParse(written, default, [], out Pattern? pattern))
                continue;

            foreach (string text in texts)
            {
                AssertSame(pattern, text);
                compared++;
            }
        }

        Assert.True(compared > 100_000, $"only {compared} comparisons");
    }

    [Fact]
    public void Longer_patterns_answer_like_the_naive_matcher()
    {
        Gen<string> patterns = Gen.Int[0, Pieces.Length - 1].Array[0, 7].Select(chosen => string.Concat(chosen.Select(i => Pieces[i])));
        Gen<string> texts = Gen.Char["abB"].Array[0, 9].Select(c => new string(c));
        Gen.Select(patterns, texts).Sample(
            (written, text) =>
            {
                if (Pattern.TryParse(written, default, [], out Pattern? pattern))
                    AssertSame(pattern, text);
            },
            iter: 20_000);
    }

    [Fact]
    public void Probes_of_a_relay_policy_match_without_allocation()
    {
        string[] written =
        [
            "tcp_local|*|tcp_local|*", "tcp_local|*|tcp_intranet|@*:*.*", "tcp_local|*|tcp_intranet|*$%*@*", "tcp_*|tcp_lmtpcs*|*",
            "tcp_local|*|tcp_intranet|\"*@*\"@*", "TCP|*|25|$(10.0.0.0/8)|*", "TCP|*|25|${2001:db8::/32}|*", "*|*|*|$D*$_A*-$0*",
        ];
        const string Probe = "tcp_local|alan@very.bogus.example.com|tcp_intranet|somebody.with.a.long.name@host.in.the.corp.example.com";
        const string Connection = "TCP|192.0.2.25|25|2001:db8::17|4321";
        Pattern[] patterns = [.. written.Select(Parse)];
        int matched = Matches(patterns, Probe) + Matches(patterns, Connection);

        long before = GC.GetAllocatedBytesForCurrentThread();
        int again = Matches(patterns, Probe) + Matches(patterns, Connection);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(matched, again);
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void Pattern_of_many_elements_matches_a_text_longer_than_the_stack_buffers()
    {
        string written = string.Concat(Enumerable.Repeat("*a", 1000));
        string text = string.Concat(Enumerable.Repeat("xa", 1500));

        PatternMatch match = Parse(written).Match(text);

        Assert.True(match.IsMatch);
        Assert.Equal(PatternMatch.MaxFields, match.FieldCount);
        Assert.Equal(1001, match.Texts(text)[0].Length);
    }

    [Fact]
    public void Field_that_is_not_there_is_a_bug_of_the_caller()
    {
        PatternMatch match = Parse("*").Match("x");

        Assert.Equal(0..1, match[0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => match[1]);
    }

    private static void AssertSame(Pattern pattern, string text)
    {
        PatternMatch match = pattern.Match(text);
        string[]? fields = NaiveMatcher.Match(pattern, text);
        string wanted = fields is null ? "no match" : string.Join('|', fields);
        string got = match.IsMatch ? string.Join('|', match.Texts(text)) : "no match";
        Assert.True(wanted == got, $"pattern \"{pattern}\", text \"{text}\": wanted {wanted}, got {got}");
    }

    private static int Matches(Pattern[] patterns, string text)
    {
        int count = 0;
        foreach (Pattern pattern in patterns)
        {
            if (pattern.Match(text).IsMatch)
                count++;
        }

        return count;
    }

    private static Pattern Parse(string written)
    {
        List<Diagnostic> diagnostics = [];
        Assert.True(Pattern.TryParse(written, default, diagnostics, out Pattern? pattern), string.Join('\n', diagnostics));
        return pattern;
    }

    // All concatenations of up to "longest" of the pieces.
    private static IEnumerable<string> Words(string[] pieces, int longest) =>
        longest == 0 ? [""] : Words(pieces, longest - 1).SelectMany(w => w.Length == 0 ? pieces.Prepend("") : pieces.Select(p => w + p).Prepend(w)).Distinct();
}
