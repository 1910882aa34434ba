using System.Globalization;
using System.Text;

namespace Postern.Mapping.Text;

/// <summary>The assertion value of a search filter as RFC 4515 §3 writes it: <c>* ( ) \</c> and NUL become <c>\xx</c>.</summary>
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
        if (c is '*' or '(' or ')' or '\\' or '\0') text.Append('\\').Append(((int)c).ToString("x2", CultureInfo.InvariantCulture));
        else text.Append(c);
    }
}
