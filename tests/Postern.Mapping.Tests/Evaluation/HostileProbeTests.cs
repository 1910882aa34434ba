using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Mapping.Tests.Conformance;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tests.Evaluation;

/// <summary>Text that a client chose stays text: it sets no flag, ends no callout, names no other table and changes no control.</summary>
public sealed class HostileProbeTests
{
    public static TheoryData<string> Texts => new(
        "$N", "$Y$E", "$+1E", "$C$:A", "$0$9", "$$", "$", "${secret}", "$|FLAGS;x|", "$[echo,x]", "$]ldap:///x[", "$}d,a{", "$#f|10#", "$?0?", "$=", "$\\a", "$.x$.",
        "|", "a|b|c", "|;x|", "}", "]", "]$N", "|$N", "{", "[", "\"", "'", "\"'\"'", "\0", "\r\n", "\r\nRCPT TO:<x>\r\n.\r\n", "a\rb\nc", "\t \t", "*", "%", "$*", "\\", "a\\",
        ",x", ";x", "é\uD83D\uDE00\uFEFF", "\uD800", "30|no", "!", "<", "^$_$^");

    [Theory]
    [MemberData(nameof(Texts))]
    public void Field_is_put_out_as_it_came(string text)
    {
        Assert.Equal(($"<{text}>", "N"), Map($"* <$0>$N", text));
        Assert.Equal(($"{text}-{text}", "D"), Map("*@@* $D$0-$1", $"{text}@@{text}"));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Called_table_gets_the_field_whole_and_no_other_table_is_called(string text)
    {
        // ECHO answers what it was given; "FLAGS" would set another flag.
        Assert.Equal(($"[{text}]", "Q"), Map("* [$|ECHO;$0|]$Q", text));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Routine_gets_the_field_with_dollars_doubled_and_its_answer_is_text_again(string text)
    {
        List<string> asked = [];

        Assert.Equal(($"({text})", "Q"), Map("* ($[echo,$0])$Q", text, asked));
        Assert.Equal([text.Replace("$", "$$", StringComparison.Ordinal)], asked);
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Directory_answer_is_not_read_as_template(string text)
    {
        Assert.Equal((text, "Q"), Map("* $]ldap:///o=x?uid?sub?(mail=$0)[$Q", text));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void General_text_is_looked_up_by_the_whole_field_only(string text)
    {
        // No such key: the entry fails and the mapping ends with the input.
        Assert.Equal((text, ""), Map("* ${$0}$Q", text));
    }

    [Theory]
    [MemberData(nameof(Texts))]
    public void Quoted_for_a_filter_the_field_holds_no_character_of_filters(string text)
    {
        (string output, _) = Map("* $=$0", text);

        Assert.Equal(-1, output.IndexOfAny(['*', '(', ')', '\0']));
        Assert.Equal(text.Count(c => c is '*' or '(' or ')' or '\\' or '\0'), output.Count(c => c == '\\'));
    }

    private static (string Output, string Flags) Map(string entry, string probe, List<string>? asked = null)
    {
        string text = $"T\n\n  {entry}\n\nECHO\n\n  *  $0$Y\n\nFLAGS\n\n  *  stolen$Y$N$Z\n";
        MappingOptions options = MappingOptions.Default with { Routines = ["echo"] };
        options = options with { GeneralText = options.GeneralText.Add("secret", "stolen$N$Z") };
        List<Diagnostic> diagnostics = [];
        MappingSet set = MappingSet.Load(new MemoryFiles("mappings", text), "mappings", options, diagnostics);
        Assert.DoesNotContain(diagnostics, d => d.IsError);

        MappingContext context = new(set, InputFlags.None, CalloutAnswers.Empty, () => 0.5);
        MappingResult result = MappingEvaluator.Map(set.Find("T")!, probe, context);
        while (result is MappingResult.NeedsCallout { Callout: var callout })
        {
            asked?.Add(callout.Argument);
            // The directory answers the probe, as if an attacker had written it there.
            string answer = callout.Kind == CalloutKind.Url ? probe : callout.Argument;
            context = context with { Answers = context.Answers.With(callout, new CalloutAnswer.Success(answer)) };
            result = MappingEvaluator.Map(set.Find("T")!, probe, context);
        }

        MappingResult.Match match = Assert.IsType<MappingResult.Match>(result);
        return (match.Output, match.Flags.ToString());
    }
}
