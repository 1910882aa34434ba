using System.Buffers;

namespace Postern.Policy.Access;

/// <summary>
/// Makes a text that a client chose fit for one field of a probe: a bar inside it would imitate a field separator, since
/// a mapping <c>*</c> crosses bars (option <c>mapping_paranoia</c>).
/// </summary>
/// <param name="paranoia">replaces <c>|</c>; null leaves it.</param>
internal readonly struct ProbeField(char? paranoia)
{
    private static readonly SearchValues<char> Unfit = SearchValues.Create("|\r\n\0");
    private static readonly SearchValues<char> Controls = SearchValues.Create("\r\n\0");

    /// <summary>The text with bars replaced, and CR, LF and NUL always turned into <c>?</c>.</summary>
    public string Of(string text)
    {
        char? bar = paranoia;
        if (text.AsSpan().IndexOfAny(Unfit) < 0) return text;
        return string.Create(text.Length, (text, bar), static (span, state) =>
        {
            state.text.CopyTo(span);
            span.ReplaceAny(Controls, '?');
            if (state.bar is { } replacement) span.Replace('|', replacement);
        });
    }
}
