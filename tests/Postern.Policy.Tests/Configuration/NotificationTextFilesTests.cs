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
