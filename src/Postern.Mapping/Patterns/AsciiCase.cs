namespace Postern.Mapping.Patterns;

/// <summary>Case folding of the mapping language: A-Z only, so that no locale or Unicode table decides what matches.</summary>
public static class AsciiCase
{
    public static char Lower(char c) => char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;

    public static char Upper(char c) => char.IsAsciiLetterLower(c) ? (char)(c & ~0x20) : c;

    public static bool EqualsBlind(ReadOnlySpan<char> a, ReadOnlySpan<char> b)
    {
        if (a.Length != b.Length)
            return false;

        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i] && Lower(a[i]) != Lower(b[i]))
                return false;
        }

        return true;
    }
}
