using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Smtp.Replies;

namespace Postern.Policy.Configuration;

/// <summary>
/// Reads the texts of notifications: <c>return_failed.txt</c> and the other <c>return_</c> files in <c>notifications/</c> for everybody, in <c>notifications/LANGUAGE/</c>
/// for a language of NOTIFICATION_LANGUAGES. What has no file of its own there is said as it is to everybody, and that in English.
/// </summary>
internal static class NotificationTextFiles
{
    public const string Directory = "notifications";

    private const string Strings = "return_option.dat";
    private const string Header = "return_header.opt";

    /// <summary>Of the family, for delays that say nothing of how long they may last; ours always say it.</summary>
    private const string Deferred = "return_deferred.txt";

    private static readonly (string File, Func<NotificationTexts, string, NotificationTexts> Set)[] Files =
    [
        ("return_prefix.txt", (t, text) => t with { Prefix = text }),
        ("return_suffix.txt", (t, text) => t with { Suffix = text }),
        ("return_failed.txt", (t, text) => t with { Failed = text }),
        ("return_bounced.txt", (t, text) => t with { Bounced = text }),
        ("return_timedout.txt", (t, text) => t with { TimedOut = text }),
        ("return_delayed.txt", (t, text) => t with { Delayed = text }),
        ("return_delivered.txt", (t, text) => t with { Delivered = text }),
        ("return_forwarded.txt", (t, text) => t with { Forwarded = text }),
        ("return_expanded.txt", (t, text) => t with { Expanded = text }),
    ];

    /// <returns>by language, lower case; "" is for everybody and is always there.</returns>
    public static ImmutableDictionary<string, NotificationTexts> Read(ISourceFiles files, ImmutableArray<string> languages, ICollection<Diagnostic> diagnostics)
    {
        NotificationTexts common = Read(files, Directory, NotificationTexts.English, diagnostics, out _);
        ImmutableDictionary<string, NotificationTexts> all = ImmutableDictionary.Create<string, NotificationTexts>(StringComparer.OrdinalIgnoreCase).Add("", common);
        foreach (string language in languages)
        {
            string directory = $"{Directory}/{language}";
            all = all.SetItem(language, Read(files, directory, common, diagnostics, out bool any));
            if (!any) diagnostics.Add(Diagnostic.Error(new SourcePosition(PosternOptionTable.FileName, 0), $"NOTIFICATION_LANGUAGES names \"{language}\", but {directory}/ has no text"));
        }

        return all;
    }

    private static NotificationTexts Read(ISourceFiles files, string directory, NotificationTexts texts, ICollection<Diagnostic> diagnostics, out bool any)
    {
        any = false;
        foreach ((string file, Func<NotificationTexts, string, NotificationTexts> set) in Files)
        {
            string path = $"{directory}/{file}";
            if (!files.Exists(path)) continue;
            if (files.Read(path, out string? fault) is not { } text)
            {
                diagnostics.Add(Diagnostic.Error(new SourcePosition(path, 0), fault!));
                continue;
            }

            any = true;
            texts = set(texts, text.ReplaceLineEndings("\n"));
            Check(path, text, diagnostics);
        }

        if (files.Exists($"{directory}/{Deferred}"))
            diagnostics.Add(Diagnostic.Warning(new SourcePosition($"{directory}/{Deferred}", 0), "no notification is of that type, and the file is ignored; a delay is told with return_delayed.txt"));

        string header = $"{directory}/{Header}";
        if (files.Exists(header))
        {
            any = true;
            texts = texts with { Header = HeaderOptionFile.Read(files, header, diagnostics) };
        }

        string strings = $"{directory}/{Strings}";
        if (!files.Exists(strings)) return texts;
        any = true;
        return texts with { Strings = texts.Strings.SetItems(ReadStrings(files, strings, texts, diagnostics)) };
    }

    private static IEnumerable<KeyValuePair<string, string>> ReadStrings(ISourceFiles files, string path, NotificationTexts texts, ICollection<Diagnostic> diagnostics)
    {
        foreach (Setting setting in SettingSection.Read(files, path, diagnostics).SelectMany(s => s.Settings))
        {
            if (texts.Strings.ContainsKey(setting.Name) || EnhancedCode.TryParse(setting.Name, out _)) yield return KeyValuePair.Create(setting.Name, setting.Value);
            else diagnostics.Add(setting.Warning($"\"{Printable.Of(setting.Name)}\" is neither a piece of a notification nor a status code and is ignored"));
        }
    }

    private static void Check(string path, string text, ICollection<Diagnostic> diagnostics)
    {
        string[] lines = text.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            SourcePosition at = new(path, i + 1);
            if (lines[i].Length > NotificationTexts.LongestLine) diagnostics.Add(Diagnostic.Warning(at, $"the line is longer than {NotificationTexts.LongestLine} characters"));
            for (int percent = lines[i].IndexOf('%', StringComparison.Ordinal); percent >= 0 && percent < lines[i].Length; percent = lines[i].IndexOf('%', percent + 2))
            {
                string sequence = lines[i].Substring(percent, Math.Min(2, lines[i].Length - percent));
                if (!"%H %R %C %L %F %S %s %U %u %h %%".Split(' ').Contains(sequence)) diagnostics.Add(Diagnostic.Warning(at, $"\"{Printable.Of(sequence)}\" means nothing and is left out"));
                if (percent + 2 > lines[i].Length) break;
            }
        }
    }
}
