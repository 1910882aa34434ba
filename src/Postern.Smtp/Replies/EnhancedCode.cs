namespace Postern.Smtp.Replies;

/// <summary>An enhanced status code (RFC 3463). Its class must agree with that of the reply code.</summary>
public readonly record struct EnhancedCode(int Class, int Subject, int Detail)
{
    public override string ToString() => $"{Class}.{Subject}.{Detail}";

    public static bool TryParse(ReadOnlySpan<char> text, out EnhancedCode code)
    {
        code = default;
        Span<Range> parts = stackalloc Range[4];
        if (text.Split(parts, '.') != 3) return false;
        if (!TryNumber(text[parts[0]], out int c) || !TryNumber(text[parts[1]], out int s) || !TryNumber(text[parts[2]], out int d)) return false;
        if (c is not (2 or 4 or 5)) return false;
        code = new EnhancedCode(c, s, d);
        return true;
    }

    private static bool TryNumber(ReadOnlySpan<char> text, out int value)
    {
        value = 0;
        return text.Length is > 0 and <= 3
            && int.TryParse(text, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out value);
    }
}
