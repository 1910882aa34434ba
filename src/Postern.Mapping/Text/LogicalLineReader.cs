using System.Text;
using Postern.Mapping.Tables;

namespace Postern.Mapping.Text;

/// <summary>
/// Splits a mappings file into lines and joins those that end in a backslash with the next (Administration Guide 6.3, "File Format").
/// </summary>
public static class LogicalLineReader
{
    public static IEnumerable<LogicalLine> Read(string file, string text, ICollection<Diagnostic> diagnostics)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(diagnostics);
        return Join(file, text.StartsWith('\uFEFF') ? text[1..] : text, diagnostics);
    }

    private static IEnumerable<LogicalLine> Join(string file, string text, ICollection<Diagnostic> diagnostics)
    {
        StringBuilder? joined = null;
        SourcePosition first = default;
        int number = 0;
        foreach (string physical in Physical(text))
        {
            number++;
            if (joined is null)
                first = new SourcePosition(file, number);

            bool continues = physical.EndsWith('\\');
            if (!continues && joined is null)
            {
                yield return new LogicalLine(first, physical);
                continue;
            }

            joined ??= new StringBuilder();
            Append(joined, continues ? physical.AsSpan(0, physical.Length - 1) : physical);
            if (continues)
                continue;

            LogicalLine line = new(first, joined.ToString());
            if (line.IsComment)
                diagnostics.Add(Diagnostic.Warning(first, "a backslash continues the comment on the next line"));

            joined = null;
            yield return line;
        }

        if (joined is null)
            yield break;

        diagnostics.Add(Diagnostic.Warning(first, "the last line of the file ends in a backslash"));
        yield return new LogicalLine(first, joined.ToString());
    }

    // White space around the joint vanishes inside a callout, where it would end the column, and need not be doubled elsewhere.
    private static void Append(StringBuilder joined, ReadOnlySpan<char> more)
    {
        if (joined.Length > 0)
        {
            string before = joined.ToString();
            bool inside = EntryColumns.EndInsideCallout(before);
            if (inside)
                joined.Length = EntryColumns.TrimEnd(before).Length;

            if (inside || before[^1] is ' ' or '\t')
                more = more.TrimStart(" \t");
        }

        joined.Append(more);
    }

    private static IEnumerable<string> Physical(string text)
    {
        int start = 0;
        while (start < text.Length)
        {
            int end = text.IndexOf('\n', start);
            int next = end < 0 ? text.Length : end + 1;
            end = end < 0 ? text.Length : end;
            if (end > start && text[end - 1] == '\r')
                end--;

            yield return text[start..end];
            start = next;
        }
    }
}
