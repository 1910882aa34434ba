using System.Text;

namespace Postern.Policy.Directories;

/// <summary>Text of distinguished names (RFC 4514).</summary>
internal static class DistinguishedName
{
    /// <summary>An attribute value as it must stand in a distinguished name (RFC 4514 §2.4).</summary>
    public static string Escape(string value)
    {
        StringBuilder text = new(value.Length);
        for (int i = 0; i < value.Length; i++)
        {
            char c = value[i];
            bool atEdge = i == 0 || i == value.Length - 1;
            if (c is '"' or '+' or ',' or ';' or '<' or '>' or '\\' or '=' || (c == ' ' && atEdge) || (c == '#' && i == 0)) text.Append('\\').Append(c);
            else if (c is < ' ' or '\x7f') text.Append('\\').Append(((int)c).ToString("x2"));
            else text.Append(c);
        }

        return text.ToString();
    }

    /// <summary>The <c>dc</c> entry of a domain below a root.</summary>
    /// <param name="domain">lower case, A-labels.</param>
    public static string OfDomain(string domain, string root)
    {
        string labels = string.Join(',', domain.Split('.').Select(l => $"dc={Escape(l)}"));
        return root.Length == 0 ? labels : $"{labels},{root}";
    }
}
