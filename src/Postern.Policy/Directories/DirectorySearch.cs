using System.Collections.Immutable;
using System.Text;

namespace Postern.Policy.Directories;

// ldapurl    = "ldap://" "/" [ dn [ "?" [ attributes ] [ "?" [ scope ] [ "?" [ filter ] [ "?" extensions ] ] ] ] ]
// attributes = attribute *( "," attribute )
// scope      = "base" / "one" / "sub"

/// <summary>
/// A search of the directory. Its text is an LDAP URL (RFC 4516) without host: which servers are asked is a matter of options,
/// not of whoever wrote the URL. Two searches with one text are the same search.
/// </summary>
/// <param name="Base">distinguished name where the search begins; "" is the root.</param>
/// <param name="Attributes">what is wanted of each entry; none means every attribute that users may see.</param>
public sealed record DirectorySearch(string Base, SearchScope Scope, DirectoryFilter Filter, ImmutableArray<string> Attributes)
{
    private const string Scheme = "ldap://";

    // What stands for itself in a URL (RFC 3986 §3.3, §3.4), without "?" and "%", and without "," where attributes are listed.
    private const string Plain = "-._~!$&'()*+;=:@,/";

    /// <summary>Reads an LDAP URL.</summary>
    /// <param name="fault">one line why it cannot be used; null when it can.</param>
    public static DirectorySearch? Parse(string url, out string? fault)
    {
        ArgumentNullException.ThrowIfNull(url);
        fault = null;
        if (!url.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return Fail("it does not begin with \"ldap:///\"", out fault);
        string rest = url[Scheme.Length..];
        if (rest.Length > 0 && rest[0] != '/') return Fail("it names a host; the servers of LDAP_HOST are asked", out fault);
        string[] raw = rest.Length == 0 ? [""] : rest[1..].Split('?');
        if (raw.Length > 5) return Fail("it has more than five parts", out fault);
        string[] parts = new string[5];
        for (int i = 0; i < parts.Length; i++)
        {
            if (i >= raw.Length) parts[i] = "";
            else if (i == 1) parts[i] = raw[i];
            else if (Decode(raw[i]) is { } decoded) parts[i] = decoded;
            else return Fail("\"%\" stands before two hexadecimal digits of UTF-8 only", out fault);
        }

        if (parts[4].Split(',').Any(e => e.StartsWith('!'))) return Fail("it demands an extension", out fault);
        SearchScope? scope = parts[2].ToLowerInvariant() switch
        {
            "" or "base" => SearchScope.Base,
            "one" => SearchScope.OneLevel,
            "sub" => SearchScope.Subtree,
            _ => null,
        };
        if (scope is null) return Fail("its scope is not base, one or sub", out fault);
        DirectoryFilter? filter = parts[3].Length == 0 ? DirectoryFilter.Everything : DirectoryFilterParser.Parse(parts[3], out fault);
        if (filter is null) return null;
        string?[] attributes = [.. parts[1].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Decode)];
        if (attributes.Any(a => a is null || (a != "*" && !DirectoryFilterParser.IsDescription(a)))) return Fail("it lists something that is no attribute", out fault);
        return new DirectorySearch(parts[0], scope.Value, filter, [.. attributes.OfType<string>().Where(a => a != "*")]);
    }

    /// <summary>The URL.</summary>
    public override string ToString()
    {
        string scope = Scope switch { SearchScope.OneLevel => "one", SearchScope.Subtree => "sub", _ => "base" };
        return $"{Scheme}/{Encode(Base)}?{string.Join(',', Attributes)}?{scope}?{Encode(Filter.ToString())}";
    }

    /// <summary>A text as one part of an LDAP URL; nothing in it is a separator of parts afterwards.</summary>
    public static string Encode(string text)
    {
        StringBuilder url = new(text.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(text))
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || Plain.Contains(c, StringComparison.Ordinal)) url.Append(c);
            else url.Append('%').Append(b.ToString("x2"));
        }

        return url.ToString();
    }

    private static string? Decode(string text)
    {
        if (!text.Contains('%', StringComparison.Ordinal)) return text;
        List<byte> bytes = new(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '%')
            {
                int length = char.IsSurrogatePair(text, i) ? 2 : 1;
                bytes.AddRange(Encoding.UTF8.GetBytes(text.Substring(i, length)));
                i += length - 1;
                continue;
            }

            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2])) return null;
            bytes.Add(Convert.ToByte(text.Substring(i + 1, 2), 16));
            i += 2;
        }

        string decoded = Encoding.UTF8.GetString([.. bytes]);
        return decoded.Contains('\ufffd', StringComparison.Ordinal) ? null : decoded;
    }

    private static DirectorySearch? Fail(string text, out string? fault)
    {
        fault = text;
        return null;
    }
}
