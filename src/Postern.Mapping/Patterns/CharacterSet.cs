using System.Collections.Immutable;

namespace Postern.Mapping.Patterns;

/// <summary>The characters one wildcard accepts; letters are members in both cases or in none.</summary>
public sealed class CharacterSet : IEquatable<CharacterSet>
{
    private readonly UInt128 _ascii;
    private readonly bool _all;
    private readonly ImmutableArray<(char First, char Last)> _others;

    private CharacterSet(UInt128 ascii, bool all, ImmutableArray<(char First, char Last)> others)
    {
        _ascii = ascii;
        _all = all;
        _others = others;
    }

    /// <summary>Every character, the set of a plain <c>*</c> or <c>%</c>.</summary>
    public static CharacterSet All { get; } = new(UInt128.MaxValue, all: true, []);

    public bool IsAll => _all;

    /// <summary>The members outside ASCII, in no order.</summary>
    internal ImmutableArray<(char First, char Last)> Others => _others;

    /// <summary>The set of all characters in <paramref name="ranges"/>, both ends included.</summary>
    public static CharacterSet Of(params ReadOnlySpan<(char First, char Last)> ranges)
    {
        UInt128 ascii = 0;
        ImmutableArray<(char, char)>.Builder others = ImmutableArray.CreateBuilder<(char, char)>();
        foreach ((char first, char last) in ranges)
        {
            for (int c = first; c <= last && c < 128; c++)
                ascii |= Bit(AsciiCase.Lower((char)c)) | Bit(AsciiCase.Upper((char)c));

            if (last >= 128)
                others.Add(((char)Math.Max(first, (char)128), last));
        }

        return new CharacterSet(ascii, all: false, others.ToImmutable());
    }

    /// <summary>The set of <c>$A $B $D $H $X $O $S $T</c>; null for a letter that names none.</summary>
    public static CharacterSet? OfClass(char letter) => AsciiCase.Upper(letter) switch
    {
        'A' => Of(('a', 'z')),
        'B' => Of(('0', '1')),
        'D' => Of(('0', '9')),
        'H' or 'X' => Of(('0', '9'), ('a', 'f')),
        'O' => Of(('0', '7')),
        'S' => Of(('0', '9'), ('a', 'z'), ('_', '_'), ('$', '$')),
        'T' => Of(('\t', '\t'), ('\v', '\v'), (' ', ' ')),
        _ => null,
    };

    public bool Contains(char c)
    {
        if (_all)
            return true;

        if (c < 128)
            return (_ascii & Bit(c)) != 0;

        foreach ((char first, char last) in _others)
        {
            if (c >= first && c <= last)
                return true;
        }

        return false;
    }

    public bool Equals(CharacterSet? other) =>
        other is not null && _ascii == other._ascii && _all == other._all && _others.AsSpan().SequenceEqual(other._others.AsSpan());

    public override bool Equals(object? obj) => Equals(obj as CharacterSet);

    public override int GetHashCode() => HashCode.Combine(_ascii, _all, _others.Length);

    private static UInt128 Bit(char c) => UInt128.One << c;
}
