using System.Collections.Immutable;
using Postern.Mapping.Patterns;

namespace Postern.Mapping.Automata;

/// <summary>
/// The patterns of a table merged into one tree in which equal beginnings are one path. What a wildcard saves, and whether it is
/// lazy, decides no match, so <c>*</c>, <c>$@*</c> and <c>$_*</c> are one step.
/// </summary>
internal sealed class PatternTrie
{
    private readonly List<CharacterSet> _sets = [];
    private readonly Dictionary<CharacterSet, int> _setNumbers = [];
    private readonly int[] _entries;
    private TrieNode[] _nodes = new TrieNode[16];
    private int _count = 1;

    private static readonly CharacterSet Address6 = CharacterSet.Of(('0', '9'), ('a', 'f'), ('.', '.'), (':', ':'));

    public PatternTrie(ImmutableArray<Pattern> patterns)
    {
        int[] ends = new int[patterns.Length];
        for (int i = 0; i < ends.Length; i++)
        {
            ends[i] = Insert(patterns[i]);
            _nodes[ends[i]].EntryCount++;
        }

        _entries = Group(ends);
    }

    public ReadOnlySpan<TrieNode> Nodes => _nodes.AsSpan(0, _count);

    public IReadOnlyList<CharacterSet> Sets => _sets;

    /// <summary>The entries whose pattern ends at the node, ascending.</summary>
    public ReadOnlySpan<int> Entries(in TrieNode node) => _entries.AsSpan(node.FirstEntry, node.EntryCount);

    /// <summary>The entries whose pattern ends at one of the nodes, ascending; no copy when there is one node only.</summary>
    public ReadOnlyMemory<int> Entries(ReadOnlySpan<long> nodes)
    {
        if (nodes.Length == 1)
            return _entries.AsMemory(_nodes[nodes[0]].FirstEntry, _nodes[nodes[0]].EntryCount);

        List<int> entries = [];
        foreach (long node in nodes)
            entries.AddRange(Entries(_nodes[node]));

        entries.Sort();
        return entries.ToArray();
    }

    /// <summary>Whether the trie says of the pattern exactly what the pattern says, or only "perhaps".</summary>
    public static bool IsExact(Pattern pattern) => !pattern.Elements.Any(e => e is PatternElement.BackMatch or PatternElement.Network6);

    // Lays the entries of each node side by side; walking the entries in order keeps each slice ascending.
    private int[] Group(int[] ends)
    {
        int next = 0;
        foreach (ref TrieNode node in _nodes.AsSpan(0, _count))
        {
            node.FirstEntry = next;
            next += node.EntryCount;
            node.EntryCount = 0;
        }

        int[] entries = new int[ends.Length];
        for (int i = 0; i < ends.Length; i++)
        {
            ref TrieNode node = ref _nodes[ends[i]];
            entries[node.FirstEntry + node.EntryCount++] = i;
        }

        return entries;
    }

    private int Insert(Pattern pattern)
    {
        int node = 0;
        foreach (PatternElement element in pattern.Elements)
        {
            node = element switch
            {
                PatternElement.Literal literal => Literal(node, literal.Text),
                PatternElement.One one => Child(node, new TrieNode { Kind = TrieNodeKind.OneOf, Set = Number(one.Set) }),
                PatternElement.Many many => Run(node, many.Set),
                PatternElement.BackMatch => Run(node, CharacterSet.All),
                PatternElement.Network4 network => Address(node, network),
                PatternElement.Network6 => Run(node, Address6),
                _ => throw new InvalidOperationException($"no step for {element.GetType().Name}"),
            };
        }

        return node;
    }

    private int Literal(int node, string text)
    {
        foreach (char c in text)
            node = Child(node, new TrieNode { Kind = TrieNodeKind.Character, Character = AsciiCase.Lower(c) });

        return node;
    }

    // A run behind a run that takes the same characters adds nothing.
    private int Run(int node, CharacterSet set)
    {
        int number = Number(set);
        TrieNode at = _nodes[node];
        bool absorbed = at.Kind == TrieNodeKind.Run && (at.Set == number || _sets[at.Set].IsAll);
        return absorbed ? node : Child(node, new TrieNode { Kind = TrieNodeKind.Run, Set = number });
    }

    private int Address(int node, PatternElement.Network4 network)
    {
        node = Child(node, new TrieNode { Kind = TrieNodeKind.Octet });
        for (int octet = 0; octet < 4; octet++)
        {
            int shift = 8 * (3 - octet);
            byte low = (byte)(network.Network >> shift);
            byte high = (byte)(low | (byte)~(network.Mask >> shift));
            TrieNodeKind kind = octet < 3 ? TrieNodeKind.Octet : TrieNodeKind.AddressEnd;
            node = Child(node, new TrieNode { Kind = kind, Index = (byte)(octet < 3 ? octet + 1 : 0), Low = low, High = high });
        }

        return node;
    }

    private int Child(int parent, TrieNode child)
    {
        bool empty = child.Kind == TrieNodeKind.Run || (child.Kind == TrieNodeKind.Octet && child.Index == 0);
        int first = empty ? _nodes[parent].FirstEmptyChild : _nodes[parent].FirstChild;
        for (int known = first; known != 0; known = _nodes[known].NextSibling)
        {
            if (_nodes[known].SameStep(child))
                return known;
        }

        if (_count == _nodes.Length)
            Array.Resize(ref _nodes, 2 * _count);

        if (empty)
            _nodes[parent].FirstEmptyChild = _count;
        else
            _nodes[parent].FirstChild = _count;

        child.NextSibling = first;
        _nodes[_count] = child;
        return _count++;
    }

    private int Number(CharacterSet set)
    {
        if (_setNumbers.TryGetValue(set, out int number))
            return number;

        _sets.Add(set);
        return _setNumbers[set] = _sets.Count - 1;
    }
}
