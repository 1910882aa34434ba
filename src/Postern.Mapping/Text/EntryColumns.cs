using Postern.Mapping.Tables;

namespace Postern.Mapping.Text;

/// <summary>The two columns of an entry line, split at white space that no dollar quotes.</summary>
/// <param name="Template">empty when the line has one column only.</param>
/// <param name="Rest">text behind the template, which no one reads; trimmed.</param>
public readonly record struct EntryColumns(string Pattern, string Template, string Rest)
{
    public static EntryColumns Split(string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        ReadOnlySpan<char> rest = line;
        string pattern = TakeColumn(ref rest);
        string template = TakeColumn(ref rest);
        return new EntryColumns(pattern, template, rest.Trim(" \t").ToString());
    }

    /// <summary>Whether a callout of the template is still open at the end of the line.</summary>
    internal static bool EndInsideCallout(string line)
    {
        if (line.Length == 0 || line[0] is not (' ' or '\t'))
            return false;

        ReadOnlySpan<char> rest = line;
        TakeColumn(ref rest);
        return TemplateText.EndsInsideCallout(rest.TrimStart(" \t").ToString());
    }

    /// <summary>The line without the white space at its end that no dollar quotes.</summary>
    internal static string TrimEnd(string line)
    {
        int end = 0;
        for (int i = 0; i < line.Length; i++)
        {
            if (line[i] == '$' && i + 1 < line.Length)
                i++;
            else if (line[i] is ' ' or '\t')
                continue;

            end = i + 1;
        }

        return line[..end];
    }

    private static string TakeColumn(ref ReadOnlySpan<char> line)
    {
        line = line.TrimStart(" \t");
        int end = 0;
        while (end < line.Length && line[end] is not (' ' or '\t'))
            end += line[end] == '$' && end + 1 < line.Length ? 2 : 1;

        string column = line[..end].ToString();
        line = line[end..];
        return column;
    }
}
