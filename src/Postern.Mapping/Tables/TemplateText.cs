namespace Postern.Mapping.Tables;

/// <summary>Template text taken apart by its one rule of quoting: a dollar and the character after it are one piece.</summary>
internal sealed class TemplateText(string text)
{
    private int _next;

    /// <summary>The text ends in a dollar that quotes nothing.</summary>
    public bool EndsInDollar { get; private set; }

    /// <summary>The next character, and whether a dollar stood before it; false at the end.</summary>
    public bool TryNext(out char c, out bool dollar)
    {
        c = default;
        dollar = false;
        if (_next >= text.Length)
            return false;

        c = text[_next++];
        dollar = c == '$';
        if (!dollar)
            return true;

        if (_next >= text.Length)
        {
            EndsInDollar = true;
            return false;
        }

        c = text[_next++];
        return true;
    }

    /// <summary>Takes exactly this text, case-blind, if it comes next.</summary>
    public bool TryTake(string expected)
    {
        if (!text.AsSpan(_next).StartsWith(expected, StringComparison.OrdinalIgnoreCase))
            return false;

        _next += expected.Length;
        return true;
    }

    /// <summary>Takes the text up to the first unquoted <paramref name="close"/>, and that.</summary>
    public bool TryTakeTo(char close, out string inside)
    {
        int length = IndexOf(text[_next..], close);
        inside = length < 0 ? "" : text.Substring(_next, length);
        _next += length + 1;
        return length >= 0;
    }

    /// <summary>Takes the text up to the next <c>$.</c>, and that.</summary>
    public bool TryTakeToDot(out string inside)
    {
        int start = _next;
        while (TryNext(out char c, out bool dollar))
        {
            if (!dollar || c != '.')
                continue;

            inside = text[start..(_next - 2)];
            return true;
        }

        inside = "";
        return false;
    }

    /// <summary>Where <paramref name="sought"/> first stands unquoted; -1 when nowhere.</summary>
    public static int IndexOf(string text, char sought)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] == '$')
                i++;
            else if (text[i] == sought)
                return i;
        }

        return -1;
    }

    public static string[] Split(string text, char separator)
    {
        List<string> pieces = [];
        for (int at; (at = IndexOf(text, separator)) >= 0; text = text[(at + 1)..])
            pieces.Add(text[..at]);

        pieces.Add(text);
        return [.. pieces];
    }

    /// <summary>What closes the callout that <c>$</c> and <paramref name="open"/> begin; NUL when they begin none.</summary>
    public static char Closing(char open) => open switch
    {
        '?' or '#' or '|' => open,
        '{' => '}',
        '}' => '{',
        '[' => ']',
        ']' => '[',
        _ => '\0',
    };

    /// <summary>Whether a callout is still open at the end of the text.</summary>
    public static bool EndsInsideCallout(string text)
    {
        TemplateText reader = new(text);
        while (reader.TryNext(out char c, out bool dollar))
        {
            if (dollar && Closing(c) is var close and not '\0' && !reader.TryTakeTo(close, out _))
                return true;
        }

        return false;
    }
}
