using System.Globalization;
using System.Text;

namespace Postern.Mapping.Text;

/// <summary>The assertion value of a search filter as RFC 4515 §3 writes it: <c>* ( ) \</c>, NUL and control characters become <c>\xx</c>.</summary>
public static class FilterValue
{
    public static string Escape(string value)
    {
        StringBuilder text = new(value.Length);
        foreach (char c in value) Append(text, c);
        return text.ToString();
    }

    internal static void Append(StringBuilder text, char c)
    {
        if (c is '*' or '(' or ')' or '\\' or '\x7f' or < ' ') text.Append('\\').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
        else text.Append(c);
    }
}
