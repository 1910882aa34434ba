using CsCheck;
using Postern.Mapping.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

public sealed class AliasFileTests
{
    private static readonly string[] Pieces =
    [
        "[", "]", "[AUTH_LIST] ", "[ENVELOPE_FROM] ", "[TAG] ", "[OR] NONE", "\"", "\\", "(", ")", "<", ">", ",", ", ", "*", "&", "^", ":", "/", "|",
        "bob@example.com", "owner+*@example.com", "ldap:///x?y?(a,b)", "news.dis", "[192.0.2.1]", " ", "é", "\u0000",
    ];

    private static readonly Gen<string> Value = Gen.Int[0, Pieces.Length - 1].Select(i => Pieces[i]).Array[0, 14].Select(string.Concat);

    [Fact]
    public void No_definition_makes_the_parser_throw() => Value.Sample(
        value =>
        {
            List<Diagnostic> diagnostics = [];
            AliasTable table = AliasTable.Load(Files($"a: {value}\nb: <{value}\nc: <news.dis, {value}\n", ("news.dis", value)), "aliases", diagnostics);
            Assert.All(diagnostics, d => Assert.DoesNotContain('\n', d.Text));

            // A backslash at the end takes the next line with it.
            Assert.True(table.Definitions.Length == 3 || value.EndsWith('\\') || diagnostics.Exists(d => d.IsError));
        },
        seed: "0000KOmA2fo6",
        iter: 3_000);

    [Fact]
    public void Group_may_be_as_long_as_its_lines_are_short()
    {
        string members = string.Join(",\\\n ", Enumerable.Range(0, 20_000).Select(n => $"member{n}@example.net"));
        List<Diagnostic> diagnostics = [];
        AliasTable table = AliasTable.Load(Files($"g: {members}\n"), "aliases", diagnostics);
        Assert.Empty(diagnostics);
        Assert.Equal(20_000, table.Find("g")!.Targets.Length);
    }

    [Fact]
    public void Line_of_more_than_1024_characters_is_an_error()
    {
        List<Diagnostic> diagnostics = [];
        AliasTable.Load(Files($"ok: bob\ng: {string.Join(", ", Enumerable.Repeat("bob@example.com", 70))}\n"), "aliases", diagnostics);
        Diagnostic found = Assert.Single(diagnostics);
        Assert.Equal("aliases:2: error: line is longer than 1024 characters; continue it with \"\\\" behind a comma", found.ToString());
    }

    [Fact]
    public void Changed_file_is_taken_over_alone()
    {
        SiteFiles files = Files("news: <news.dis, [AUTH_LIST] who.dis\n", ("news.dis", "a@x.test\n<more.dis\n"), ("more.dis", "b@x.test\n"), ("who.dis", "a@x.test\n"));
        List<Diagnostic> diagnostics = [];
        AliasTable before = AliasTable.Load(files, "aliases", diagnostics);
        Assert.Equal(["more.dis", "news.dis", "who.dis"], before.FilePaths.Order(StringComparer.Ordinal));
        AliasTable after = before.WithFilesRead(files.With("more.dis", _ => "c@x.test\n").With("who.dis", _ => "z@x.test\n"), new HashSet<string> { "more.dis" }, []);
        Assert.Equal(["a@x.test", "c@x.test"], Members(after));
        Assert.Same(before.Addresses("who.dis"), after.Addresses("who.dis"));
        Assert.Equal(["a@x.test", "b@x.test"], Members(before));
    }

    [Fact]
    public void Changed_file_with_an_error_keeps_its_old_content()
    {
        SiteFiles files = Files("news: <news.dis\n", ("news.dis", "a@x.test\n"));
        AliasTable before = AliasTable.Load(files, "aliases", []);
        List<Diagnostic> diagnostics = [];
        AliasTable after = before.WithFilesRead(files.With("news.dis", _ => "b@x.test\nnot an address\n"), new HashSet<string> { "news.dis" }, diagnostics);
        Assert.Equal(["a@x.test"], Members(after));
        Assert.Equal("news.dis:2", $"{Assert.Single(diagnostics).File}:{diagnostics[0].Line}");
    }

    private static IEnumerable<string> Members(AliasTable table) => table.TargetsOf(table.Find("news")!, out _).Select(t => t.Mailbox.ToString());

    private static SiteFiles Files(string aliases, params ReadOnlySpan<(string Name, string Text)> more)
    {
        Dictionary<string, string> files = new(StringComparer.Ordinal) { ["aliases"] = aliases };
        foreach ((string name, string text) in more) files[name] = text;
        return new SiteFiles(files);
    }
}
