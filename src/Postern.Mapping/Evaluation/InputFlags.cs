using System.Text;
using Postern.Mapping.Patterns;

namespace Postern.Mapping.Evaluation;

/// <summary>The flags a caller sets for <c>$:x</c> and <c>$;x</c>: a set of ASCII characters, letters case-blind.</summary>
public readonly record struct InputFlags
{
    private readonly UInt128 _set;

    private InputFlags(UInt128 set) => _set = set;

    public static InputFlags None => default;

    /// <summary>The set of the characters in <paramref name="letters"/>; blanks, commas and characters outside ASCII are no flags.</summary>
    public static InputFlags Parse(string letters)
    {
        ArgumentNullException.ThrowIfNull(letters);
        InputFlags flags = default;
        foreach (char c in letters)
            flags = flags.With(c);

        return flags;
    }

    public bool Has(char flag) => (_set & Bit(flag)) != 0;

    public InputFlags With(char flag) => new(_set | Bit(flag));

    public override string ToString()
    {
        StringBuilder text = new();
        for (char c = '!'; c < 128; c++)
        {
            if (Has(c) && !char.IsAsciiLetterLower(c))
                text.Append(c);
        }

        return text.ToString();
    }

    private static UInt128 Bit(char c) => c is > ' ' and < (char)128 and not ',' ? UInt128.One << AsciiCase.Upper(c) : 0;
}
