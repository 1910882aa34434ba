using Postern.Mapping.Text;
using Postern.Smtp.Headers;

namespace Postern.Policy.Aliases;

/// <summary>
/// Reads the two kinds of header files of a list. HEADER_ADDITION: header lines as they are to stand, folded lines included.
/// HEADER_TRIM: a header option file, lines <c>Field: OPTION=value, ...</c> with ADD, FILL, MAXIMUM and MAXLINES
/// (Administration Reference 6.3, ch. 4 "Header option files").
/// </summary>
internal static class HeaderFile
{
    /// <returns>null, or the line and what is wrong with it.</returns>
    public static string? ReadAdditions(string text, Action<HeaderEdit> add)
    {
        List<(int Line, string Text)> fields = [];
        int number = 0;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            if (line.Length == 0 || line[0] == '!') continue;
            if (line[0] is ' ' or '\t' && fields.Count > 0) fields[^1] = (fields[^1].Line, $"{fields[^1].Text}\r\n{line.TrimEnd()}");
            else fields.Add((number, line.TrimEnd()));
        }

        // Each is put before what is there, so the last one is put first.
        foreach ((int line, string field) in Enumerable.Reverse(fields))
        {
            if (SplitField(field) is not var (name, value)) return $"line {line} is no header field";
            add(new HeaderEdit.Add(name, value, HeaderAddition.Always));
        }

        return null;
    }

    /// <returns>null, or the line and what is wrong with it.</returns>
    public static string? ReadTrim(string text, Action<HeaderEdit> edit)
    {
        int number = 0;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            number++;
            if (string.IsNullOrWhiteSpace(line) || line[0] == '!') continue;
            if (SplitField(line.Trim()) is not var (name, options)) return $"line {number} is no header option line";
            foreach (string option in ItemSplitter.Split(options))
            {
                if (Option(name, option, edit) is { } fault) return $"line {number}: {fault}";
            }
        }

        return null;
    }

    private static string? Option(string name, string option, Action<HeaderEdit> edit)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string key = (equals < 0 ? option : option[..equals]).Trim().ToUpperInvariant();
        string value = equals < 0 ? "" : option[(equals + 1)..].Trim();
        if (value.Length > 1 && value[0] == '"' && value[^1] == '"') value = value[1..^1];
        switch (key)
        {
            case "ADD":
                edit(new HeaderEdit.Add(name, value, HeaderAddition.Always));
                return null;
            case "FILL":
                edit(new HeaderEdit.Add(name, value, HeaderAddition.IfAbsent));
                return null;
            case "MAXIMUM" or "MAXLINES" when int.TryParse(value, out int most) && most is >= -1:
                edit(most <= 0 && key == "MAXIMUM" ? new HeaderEdit.Remove(name) : new HeaderEdit.Limit(name, Math.Max(0, most)));
                return null;
            default:
                return $"header option \"{option}\" is not supported";
        }
    }

    private static (string Name, string Value)? SplitField(string line)
    {
        int colon = line.IndexOf(':', StringComparison.Ordinal);
        if (colon <= 0) return null;
        string name = line[..colon].TrimEnd();
        return IsFieldName(name) ? (name, line[(colon + 1)..].Trim()) : null;
    }

    /// <summary>RFC 5322 §3.6.8.</summary>
    public static bool IsFieldName(string name) => name.Length > 0 && name.All(c => c is > ' ' and < '\u007f' and not ':');
}
