using System.Collections.Immutable;
using Postern.Mapping.Patterns;

namespace Postern.Mapping.Tests.Automata;

/// <summary>Small tables of everything the pattern language has, and probes that come near to matching them.</summary>
internal sealed class RandomTables(int seed)
{
    private const int LongestProbe = 28;

    private static readonly string[] Pieces =
    [
        "a", "b", "A", ".", "1", "0", "|", "-", "ä", "$ ", "$%", "$*", "$$", "*", "*", "*", "%", "$_*", "$@*", "$_@*", "$D*", "$_D*", "$A%", "$A*", "$X*",
        "$[ab]*", "$[^.]%", "$_[a-c1-2ä]*", "$0*", "$1*", "$@0", "$(10.0.0.0/8)", "$(10.1.2.128/25)", "$<10.1.2.4/2>", "$@(10.0.0.0/7)", "$(1.1.1.1)",
        "$(0.0.0.0/0)", "$(192.168.0.0/17)", "${2001:db8::/32}", "${::/0}", "$@{::1}",
    ];

    private static readonly string[] Texts =
    [
        "", "a", "B", "b", ".", "1", "0", "|", "-", "ä", "Ä", " ", "%", "*", "$", "10", "ab", "10.1.2.5", "10.1.2.200", "10.130.0.1", "1.1.1.1", "11.1.1.1", "01.1.1.1",
        "256.1.1.1", "10.1.2", "192.168.127.255", "192.168.128.0", "2001:DB8::5", "2001:db9::", "::1", "0:0:0:0:0:0:0:1", "1:2", "::ffff:10.1.2.3",
    ];

    private readonly Random _random = new(seed);

    public ImmutableArray<Pattern> Table()
    {
        ImmutableArray<Pattern>.Builder patterns = ImmutableArray.CreateBuilder<Pattern>();
        int count = _random.Next(1, 7);
        while (patterns.Count < count)
        {
            // Every other pattern begins like one before it.
            string start = patterns.Count > 0 && _random.Next(2) == 0 ? Prefix(patterns[^1].Text) : "";
            if (TableComparison.TryParse(start + string.Concat(_random.GetItems(Pieces, _random.Next(5)))) is { } pattern)
                patterns.Add(pattern);
        }

        return patterns.ToImmutable();
    }

    // Longer texts would only let back matches run into their step limit.
    public string Probe(ImmutableArray<Pattern> patterns)
    {
        string text = AnyProbe(patterns);
        return text.Length > LongestProbe ? text[..LongestProbe] : text;
    }

    private string AnyProbe(ImmutableArray<Pattern> patterns)
    {
        if (_random.Next(3) == 0)
            return string.Concat(_random.GetItems(Texts, _random.Next(4)));

        List<string> saved = [];
        string text = "";
        foreach (PatternElement element in patterns[_random.Next(patterns.Length)].Elements)
        {
            string piece = _random.Next(12) == 0 ? Text() : Fitting(element, saved);
            text += piece;
            if (element.Saved)
                saved.Add(piece);
        }

        return text;
    }

    private string Prefix(string text) => text[.._random.Next(text.Length + 1)];

    private string Text() => Texts[_random.Next(Texts.Length)];

    private string Fitting(PatternElement element, List<string> saved) => element switch
    {
        PatternElement.Literal literal => _random.Next(2) == 0 ? literal.Text.ToUpperInvariant().Replace('Ä', 'ä') : literal.Text,
        PatternElement.BackMatch back => saved[back.Field],
        PatternElement.One one => new string(Text().FirstOrDefault(one.Set.Contains, 'a'), 1),
        PatternElement.Many many => string.Concat(Text().Where(many.Set.Contains)),
        PatternElement.Network4 network => Dotted(network.Network | ((uint)_random.Next() & ~network.Mask)),
        PatternElement.Network6 => _random.Next(2) == 0 ? "2001:db8::a" : "::1",
        _ => throw new NotSupportedException(element.ToString()),
    };

    private static string Dotted(uint address) => $"{address >> 24}.{(byte)(address >> 16)}.{(byte)(address >> 8)}.{(byte)address}";
}
