using System.Collections.Immutable;
using Postern.Mapping.Patterns;

namespace Postern.Mapping.Automata;

/// <summary>
/// The characters sorted into classes that no pattern of a table tells apart. Every character is in one class; letters of both
/// cases are in the same.
/// </summary>
public sealed class CharacterClasses
{
    private const int Ascii = 128;

    // The first character of each piece of the character range, ascending, and its class; each ASCII character is a piece.
    private readonly ImmutableArray<char> _starts;
    private readonly ushort[] _classes;

    private CharacterClasses(ImmutableArray<char> starts, ushort[] classes)
    {
        _starts = starts;
        _classes = classes;
        Count = classes.Max() + 1;
        char[] representatives = new char[Count];
        for (int i = starts.Length - 1; i >= 0; i--)
            representatives[classes[i]] = AsciiCase.Lower(starts[i]);

        Representatives = [.. representatives];
    }

    public int Count { get; }

    /// <summary>One character of each class, in the order of the classes; letters in lower case.</summary>
    public ImmutableArray<char> Representatives { get; }

    /// <summary>The class of a character, 0 to <see cref="Count"/> - 1.</summary>
    public int Of(char c)
    {
        if (c < Ascii)
            return _classes[c];

        int found = _starts.AsSpan().BinarySearch(c);
        return _classes[found < 0 ? ~found - 1 : found];
    }

    /// <summary>All characters of a class, as ranges in ascending order.</summary>
    public IEnumerable<(char First, char Last)> Ranges(int characterClass)
    {
        for (int i = 0; i < _starts.Length; i++)
        {
            if (_classes[i] == characterClass)
                yield return (_starts[i], i + 1 < _starts.Length ? (char)(_starts[i + 1] - 1) : char.MaxValue);
        }
    }

    internal static CharacterClasses Of(PatternTrie trie)
    {
        HashSet<char> alone = [];
        bool addresses = false;
        foreach (ref readonly TrieNode node in trie.Nodes)
        {
            addresses |= node.Kind == TrieNodeKind.Octet;
            if (node.Kind == TrieNodeKind.Character)
                alone.Add(node.Character);
        }

        if (addresses)
            alone.UnionWith("0123456789.");

        ImmutableArray<char> starts = Pieces(alone, trie.Sets);
        int[] classes = new int[starts.Length];
        Dictionary<(int, int), int> numbers = [];
        Split(c => alone.Contains(c) ? c + 1 : 0);
        foreach (CharacterSet set in trie.Sets)
            Split(c => set.Contains(c) ? 1 : 0);

        return new CharacterClasses(starts, [.. classes.Select(c => (ushort)c)]);

        // Parts the characters of each class that answer differently.
        void Split(Func<char, int> ask)
        {
            numbers.Clear();
            for (int i = 0; i < classes.Length; i++)
            {
                (int, int) key = (classes[i], ask(AsciiCase.Lower(starts[i])));
                if (!numbers.TryGetValue(key, out int number))
                    numbers[key] = number = numbers.Count;

                classes[i] = number;
            }
        }
    }

    private static ImmutableArray<char> Pieces(HashSet<char> alone, IEnumerable<CharacterSet> sets)
    {
        SortedSet<int> starts = [.. Enumerable.Range(0, Ascii + 1)];
        foreach (char c in alone)
            AddRange(c, c);

        foreach ((char first, char last) in sets.SelectMany(s => s.Others))
            AddRange(first, last);

        return [.. starts.Where(s => s <= char.MaxValue).Select(s => (char)s)];

        void AddRange(int first, int last)
        {
            starts.Add(first);
            starts.Add(last + 1);
        }
    }
}
