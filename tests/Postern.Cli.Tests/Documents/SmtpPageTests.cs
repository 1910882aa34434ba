using System.Text.RegularExpressions;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Documents;

/// <summary>docs/reference/smtp.md against the dialogues, and the dialogues against the replies that the code can make.</summary>
public sealed partial class SmtpPageTests
{
    private static readonly string Transcripts = Path.Combine(Repository.Root, "tests", "transcripts");

    /// <summary>Where replies to clients are made. What FROM_ACCESS and its like say is the site's own.</summary>
    private static readonly string[] Sources =
    [
        "Postern.Smtp/Session/SessionReplies.cs", "Postern.Smtp/Commands/RefusalReply.cs", "Postern.Policy/Access/AccessReplies.cs",
        "Postern.Policy/Access/ConnectionCheck.cs", "Postern.Policy/Access/AuthenticationCheck.cs", "Postern.Server/Admission/SenderDomainCheck.cs",
        "Postern.Server/Admission/ContentReplies.cs", "Postern.Server/Listening/ConnectionReplies.cs",
    ];

    /// <summary>A decision that is never sent: the reply of AUTH follows the password.</summary>
    private const string NeverSent = "may authenticate";

    [Fact]
    public void Every_reply_of_the_table_is_in_a_dialogue_of_its_row()
    {
        string[][] rows = [.. File.ReadLines(Path.Combine(Repository.Root, "docs", "reference", "smtp.md"))
            .SkipWhile(l => !l.StartsWith("| command |", StringComparison.Ordinal)).Skip(2).TakeWhile(l => l.StartsWith('|'))
            .Select(l => l.Trim('|', ' ').Split(" | "))];
        Assert.NotEmpty(rows);
        List<string> missing = [];
        foreach (string[] row in rows)
        {
            string verb = row[0].StartsWith('`') ? row[0].Trim('`') : "";
            string[] parameters = [.. Parameter().Matches(row[1]).Select(m => m.Groups[1].Value)];
            List<string[]> dialogues = [.. Link().Matches(row[4]).SelectMany(m => Dialogues(Path.Combine(Transcripts, m.Groups[1].Value)))];
            foreach (string reply in row[2].Split(", "))
            {
                if (!dialogues.Any(d => Shows(d, verb, parameters, reply))) missing.Add($"{row[0]} {row[1]}: {reply}");
            }
        }

        Assert.Empty(missing);
    }

    [Fact]
    public void Every_verb_that_the_server_knows_has_a_row()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "smtp.md"));
        string parser = File.ReadAllText(Path.Combine(Repository.Root, "src", "Postern.Smtp", "Commands", "CommandParser.cs"));
        string[] verbs = [.. Verb().Matches(parser).Select(m => m.Groups[1].Value)];
        Assert.Contains("MAIL", verbs);
        Assert.All(verbs, v => Assert.Contains($"\n| `{v}` |", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_parameter_that_the_server_knows_has_a_row()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "reference", "smtp.md"));
        string[] parsers = ["Commands/MailParameterParser.cs", "Commands/RcptParameterParser.cs"];
        string[] names = [.. parsers.SelectMany(p => Keyword().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", "Postern.Smtp", p)))).Select(m => m.Groups[1].Value).Distinct()];
        Assert.Contains("ORCPT", names);
        Assert.All(names, n => Assert.Matches($"`{n}=?`", page));
    }

    [Fact]
    public void Every_reply_that_the_code_can_make_is_in_a_dialogue()
    {
        string[] said = [.. Directory.EnumerateFiles(Transcripts, "*.smtp", SearchOption.AllDirectories).SelectMany(File.ReadLines)
            .Where(l => l.StartsWith("S: ", StringComparison.Ordinal)).Select(l => l[3..]).Distinct()];
        List<string> missing = [];
        foreach (string source in Sources)
        {
            MatchCollection replies = Reply().Matches(File.ReadAllText(Path.Combine(Repository.Root, "src", source)));
            Assert.NotEmpty(replies);
            foreach (Match reply in replies)
            {
                string text = reply.Groups["text"].Value;
                string pattern = reply.Groups["filled"].Length > 0 ? string.Join(".*", Hole().Split(text).Select(Regex.Escape)) : Regex.Escape(text);
                Regex line = new($"^{reply.Groups["code"]}[ -]{Regex.Escape(reply.Groups["status"].Value)} {pattern}");
                if (text != NeverSent && !said.Any(line.IsMatch)) missing.Add($"{source}: {reply.Value}");
            }
        }

        Assert.Empty(missing);
    }

    private static IEnumerable<string[]> Dialogues(string path) => File.ReadAllText(path).Split("\n\n", StringSplitOptions.RemoveEmptyEntries).Select(d => d.Split('\n'));

    /// <summary>The reply is in the dialogue, behind the command, with one of the parameters when the row is about some.</summary>
    private static bool Shows(string[] dialogue, string verb, string[] parameters, string reply)
    {
        int command = Array.FindIndex(dialogue, l => verb.Length == 0 || (l.StartsWith("C: ", StringComparison.Ordinal)
            && Regex.IsMatch(l, $@"[ |]{verb}\b", RegexOptions.IgnoreCase)
            && (parameters.Length == 0 || parameters.Any(p => l.Contains(p, StringComparison.OrdinalIgnoreCase)))));

        // What names SMTPUTF8 may be missing it: then the dialogue shows what comes of that.
        if (command < 0 && parameters.Contains("SMTPUTF8")) command = Array.FindIndex(dialogue, l => l.StartsWith($"C: {verb}", StringComparison.Ordinal));
        return command >= 0 && dialogue.Skip(command).Any(l => Regex.IsMatch(l, $"^S: {Regex.Escape(reply)}( |$)"));
    }

    [GeneratedRegex(@"`([A-Z0-9]+)=?`")]
    private static partial Regex Parameter();

    [GeneratedRegex(@"\]\(\.\./\.\./tests/transcripts/([^)]+)\)")]
    private static partial Regex Link();

    [GeneratedRegex("""Is\(verb, "([A-Z]+)"u8\)""")]
    private static partial Regex Verb();

    [GeneratedRegex("""case "([A-Z0-9]+)" when""")]
    private static partial Regex Keyword();

    [GeneratedRegex("""\b(?<code>\d{3}), "(?<status>\d\.\d+\.\d+)", (?:Text\()?(?<filled>\$?)"(?<text>(?:[^"\\]|\\.)*)["]""")]
    private static partial Regex Reply();

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Hole();
}
