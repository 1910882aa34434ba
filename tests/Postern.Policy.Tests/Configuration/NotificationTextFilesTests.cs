using System.Collections.Immutable;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>The texts of <c>notifications/</c>.</summary>
public sealed class NotificationTextFilesTests
{
    [Fact]
    public void Without_files_there_is_English() => Assert.Equal(NotificationTexts.English, Read([], []).Texts[""]);

    [Fact]
    public void What_a_language_does_not_say_is_said_as_to_everybody()
    {
        (ImmutableDictionary<string, NotificationTexts> texts, string[] findings) = Read(
            ["de"],
            [
                ("notifications/return_suffix.txt", "Postmaster of %h\r\n"),
                ("notifications/de/return_failed.txt", "Nicht zugestellt:\n\n%R"),
                ("notifications/de/return_option.dat", "SUBJECT_FAILED=Nicht zugestellt\nDAY=Tag\nDAY_PLURAL=e\n5.1.1=\"Unbekannte Adresse.\"\n"),
            ]);
        Assert.Empty(findings);
        NotificationTexts german = texts["DE"];
        Assert.Equal(("Nicht zugestellt:\n\n%R", "Postmaster of %h\n", NotificationTexts.English.Delayed), (german.Failed, german.Suffix, german.Delayed));
        Assert.Equal(
            ("Nicht zugestellt", "Tag", "Unbekannte Adresse.", "Hour"),
            (german.Strings["SUBJECT_FAILED"], german.Strings["DAY"], german.Strings["5.1.1"], german.Strings["HOUR"]));
        Assert.Equal("Postmaster of %h\n", texts[""].Suffix);
    }

    [Theory]
    [InlineData("notifications/return_failed.txt", "ok\n100% sure %R %x\n", "notifications/return_failed.txt:2: warning: \"% \" means nothing and is left out", "notifications/return_failed.txt:2: warning: \"%x\" means nothing and is left out")]
    [InlineData("notifications/return_option.dat", "SUBJECT_FAILD=x\n", "notifications/return_option.dat:1: warning: \"SUBJECT_FAILD\" is neither a piece of a notification nor a status code and is ignored")]
    public void What_means_nothing_is_told(string file, string text, params string[] expected) => Assert.Equal(expected, Read([], [(file, text)]).Findings);

    [Theory]
    [InlineData("", "From: a|To: b|Subject: c|X-Y: d|X-Y: e|Received: f")]
    [InlineData("Received: MAXIMUM=0\n! nothing\n\nX-y: MAXIMUM=1", "From: a|To: b|Subject: c|X-Y: d")]
    [InlineData("Defaults: MAXIMUM=0\nSubject: MAXIMUM=-1\nX-Y:MAXIMUM=1, PRECEDENCE=-5", "X-Y: d|Subject: c")]
    [InlineData("Other: MAXIMUM=0\nSubject: RELABEL=\"Betreff, kurz\", PRECEDENCE=-1\nFrom:", "Betreff, kurz: c|From: a")]
    [InlineData("other: precedence=10\nReceived: RELABEL=Via:\nto:", "To: b|Via: f|From: a|Subject: c|X-Y: d|X-Y: e")]
    public void Header_option_file_says_which_fields_are_shown(string file, string shown)
    {
        (ImmutableDictionary<string, NotificationTexts> texts, string[] findings) = Read(["de"], [("notifications/de/return_header.opt", file)]);
        Assert.Empty(findings);
        (string, string)[] fields = [("From", "a"), ("To", "b"), ("Subject", "c"), ("X-Y", "d"), ("X-Y", "e"), ("Received", "f")];
        Assert.Equal(shown, string.Join('|', texts["de"].Header.Of(fields).Select(f => $"{f.Label}: {f.Body}")));
        Assert.Same(ShownFields.Usual, texts[""].Header);
    }

    [Fact]
    public void Without_a_header_option_file_the_usual_fields_are_shown() => Assert.Equal(
        "From: a|To: b|Cc: c|Subject: d|Date: e|MESSAGE-ID: f",
        string.Join('|', ShownFields.Usual.Of([("MESSAGE-ID", "f"), ("Date", "e"), ("Subject", "d"), ("Received", "x"), ("Cc", "c"), ("Subject", "y"), ("To", "b"), ("From", "a")])
            .Select(f => $"{f.Label}: {f.Body}")));

    [Theory]
    [InlineData("Subject MAXIMUM=1\n", "notifications/return_header.opt:1: error: \"Subject MAXIMUM=1\" is not Field: OPTION=value")]
    [InlineData("X Y: MAXIMUM=1\n", "notifications/return_header.opt:1: error: \"X Y: MAXIMUM=1\" is not Field: OPTION=value")]
    [InlineData("\nTo: MAXIMUM=one\n", "notifications/return_header.opt:2: error: MAXIMUM needs a number, not \"one\"")]
    [InlineData("To: ADD=\"x, y\"\n", "notifications/return_header.opt:1: warning: \"ADD=\"x, y\"\" has no effect in a notification and is ignored")]
    public void Header_option_file_with_faults_is_told(string file, string finding) => Assert.Equal([finding], Read([], [("notifications/return_header.opt", file)]).Findings);

    [Fact]
    public void File_of_a_type_that_there_is_not_is_told() => Assert.Equal(
        ["notifications/return_deferred.txt: warning: no notification is of that type, and the file is ignored; a delay is told with return_delayed.txt"],
        Read([], [("notifications/return_deferred.txt", "x\n")]).Findings);

    [Fact]
    public void Long_lines_are_told() =>
        Assert.Equal(["notifications/return_prefix.txt:1: warning: the line is longer than 78 characters"], Read([], [("notifications/return_prefix.txt", new string('x', 79))]).Findings);

    [Fact]
    public void Language_without_texts_is_an_error() =>
        Assert.Equal(["option.dat: error: NOTIFICATION_LANGUAGES names \"fr\", but notifications/fr/ has no text"], Read(["fr"], []).Findings.Select(f => f.Replace(":0:", ":", StringComparison.Ordinal)));

    private static (ImmutableDictionary<string, NotificationTexts> Texts, string[] Findings) Read(ImmutableArray<string> languages, (string Name, string Text)[] files)
    {
        List<Mapping.Text.Diagnostic> findings = [];
        SiteFiles site = new(files.ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal));
        ImmutableDictionary<string, NotificationTexts> texts = NotificationTextFiles.Read(site, languages, findings);
        return (texts, [.. findings.Select(f => f.ToString())]);
    }
}
