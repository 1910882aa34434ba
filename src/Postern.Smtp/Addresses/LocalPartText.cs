using System.Buffers;
using System.Text;

namespace Postern.Smtp.Addresses;

/// <summary>Writes a local part in its canonical form (RFC 5321 §4.1.2: dot-string if possible, else quoted-string).</summary>
internal static class LocalPartText
{
    public static readonly SearchValues<char> AtomText =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-/=?^_`{|}~");

    public static string Format(string value)
    {
        if (IsDotAtom(value)) return value;
        StringBuilder quoted = new(value.Length + 4);
        quoted.Append('"');
        foreach (char c in value)
        {
            if (c is '"' or '\\') quoted.Append('\\');
            quoted.Append(c);
        }

        return quoted.Append('"').ToString();
    }

    private static bool IsDotAtom(ReadOnlySpan<char> value)
    {
        if (value.IsEmpty || value[0] == '.' || value[^1] == '.') return false;
        bool afterDot = false;
        foreach (char c in value)
        {
            if (c == '.')
            {
                if (afterDot) return false;
                afterDot = true;
                continue;
            }

            afterDot = false;
            if (c < 0x80 && !AtomText.Contains(c)) return false;
        }

        return true;
    }
}
