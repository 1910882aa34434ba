using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Tables;

/// <summary>
/// Random text from the characters that mean something. The seed is fixed, so a failure comes back; POSTERN_FUZZ_ROUNDS in the
/// environment makes the run longer.
/// </summary>
public sealed class MappingFuzzTests
{
    private static readonly string[] Pieces =
    [
        "$", "$$", "$ ", "*", "%", "$*", "$_", "$@", "$^", "$D", "$[", "]", "[", "$(", "(", ")", "$<", ">", "<", "${", "}", "{", "$|", "|", ";", "$]", "$}",
        "$#", "#", "$?", "?", "$.", "$..", "$+1E", "$C", "$L", "$R", "$E", "$N", "$Y", "$:A", "$;A", "$0", "$1", "$9", "0*", "a", "b", "A", "T", "U", "T;", "echo,",
        "10.0.0.0/8", "::1/64", "/", ",", ".", "-", "\\", "\\\n", "!", " ", "  ", "\t", "\n", "\n\n", "\n  ", "\r\n", "T\n\n", "\n\nU\n\n", "  *  ", "\n<sub\n",
        "${k}", "$[echo,$0]", "$|T;$0|", "$|U;a$0|", "ä", "\0", "\uFEFF", "50", "=", "$=", "$\\",
    ];

    private static readonly int Rounds =
        int.TryParse(Environment.GetEnvironmentVariable("POSTERN_FUZZ_ROUNDS"), NumberStyles.None, CultureInfo.InvariantCulture, out int rounds) ? rounds : 1_200_000;

    [Fact]
    public void Loader_and_evaluator_answer_any_text()
    {
        Random random = new(20261125);
        int evaluated = 0;
        for (int i = 0; i < Rounds; i++)
        {
            string text = (i % 2 == 0 ? "T\n\n  *  " : "") + Text(random, 40);
            Dictionary<string, string> files = new() { ["mappings"] = text, ["sub"] = Text(random, 10) };
            List<Diagnostic> diagnostics = [];
            MappingOptions options = MappingOptions.Default;
            options = options with { Routines = options.Routines.Add("echo"), GeneralText = options.GeneralText.Add("k", Text(random, 8)) };
            MappingSet set = MappingSet.Load(new MemoryFiles(files), "mappings", options, diagnostics);
            Assert.All(diagnostics, d => Assert.NotEmpty(d.Text));

            foreach (MappingTable table in set.Tables)
            {
                string probe = Text(random, 5);
                AssertSameEntry(table, probe);
                evaluated += Evaluate(table, probe, set, random);
            }
        }

        Assert.True(evaluated >= Rounds / 2, $"only {evaluated} evaluations");
    }

    [Fact]
    public void Every_prefix_of_a_good_file_is_read()
    {
        const string Text = "! c\nT\n\n  tcp_*|*|$(10.0.0.0/8)  $C$:A$|U;$0|$[echo,a,\\\n  $1]${k}$N$D30|No$ relaying$E\n<sub\n\nU\n\n  $_D*$[a-c\\]]%  $Y$?50?\n";
        for (int length = 0; length <= Text.Length; length++)
        {
            List<Diagnostic> diagnostics = [];
            MappingOptions options = MappingOptions.Default with { Routines = ["echo"] };
            Dictionary<string, string> files = new() { ["mappings"] = Text[..length], ["sub"] = "  x  y\n" };
            MappingSet set = MappingSet.Load(new MemoryFiles(files), "mappings", options, diagnostics);
            Assert.True(set.Tables.Length <= 2);
        }
    }

    // Where a back match runs into its limit, the automaton may know better that the entry cannot match.
    private static void AssertSameEntry(MappingTable table, string probe)
    {
        EntryMatch plain = new SequentialEntryMatcher(table.Entries).First(probe, 0);
        EntryMatch compiled = table.Matcher.First(probe, 0);
        Assert.True(plain.Pattern.Outcome == PatternOutcome.StepLimit || plain.Index == compiled.Index, $"\"{probe}\": {plain.Index}, {compiled.Index}");
    }

    private static int Evaluate(MappingTable table, string input, MappingSet set, Random random)
    {
        MappingContext context = new(set, InputFlags.Parse("A"), CalloutAnswers.Empty, random.NextDouble);
        // A table can go on asking with ever new arguments; a caller stops somewhere, and so does this one.
        for (int asked = 0; asked < 20; asked++)
        {
            if (MappingEvaluator.Map(table, input, context) is not MappingResult.NeedsCallout { Callout: var callout })
                return 1;

            CalloutAnswer answer = random.Next(4) switch
            {
                0 => new CalloutAnswer.Failure(),
                1 => new CalloutAnswer.Unavailable(),
                2 => new CalloutAnswer.Success(Text(random, 4)),
                _ => new CalloutAnswer.Success(callout.Argument),
            };
            context = context with { Answers = context.Answers.With(callout, answer) };
        }

        return 1;
    }

    private static string Text(Random random, int longest) =>
        string.Concat(random.GetItems(Pieces, random.Next(longest + 1)));
}
