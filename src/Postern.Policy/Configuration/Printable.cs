namespace Postern.Policy.Configuration;

/// <summary>Makes a piece of a configuration file fit to be quoted in a one-line message.</summary>
internal static class Printable
{
    private const int Longest = 60;

    public static string Of(ReadOnlySpan<char> text)
    {
        bool cut = text.Length > Longest;
        if (cut) text = text[..Longest];
        return string.Create(text.Length + (cut ? 3 : 0), text, static (span, source) =>
        {
            for (int i = 0; i < source.Length; i++) span[i] = char.IsControl(source[i]) ? '?' : source[i];
            span[source.Length..].Fill('.');
        });
    }
}
