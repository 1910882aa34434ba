using Postern.Mapping.Patterns;

namespace Postern.Mapping.Automata;

// IDEA. A position is a node of the trie and, at a node that reads a number of an IPv4 address, the number as far as it is read.
// The positions that are active behind a piece of text tell everything about how the rest can match. One character leads from
// a set of positions to the next.
//
// An address takes all digits and dots there are, so what stands behind it is entered only when a character that is neither comes,
// or the end: the last number stays a position of its own until then.
//
// INVARIANT. A set given out is closed and in ascending order without doubles: with a node, the nodes reached from it by nothing are
// in the set. Each node has one parent, and its number is higher than the parent's.
//
// COST. One step visits each active position and, per position, the children of its node: at most 70 or so of text in ASCII,
// at most 511 ranges of an address number. A node that reads a number is active at most four times at once, once for each number of
// digits read; so a step looks at no more than four times the nodes of the trie, and usually at a handful.
//
// BUGS. Children are a list: a table with thousands of patterns that begin with different characters outside ASCII is slow to build.
internal readonly struct TrieStepper(PatternTrie trie)
{
    // 0: nothing of the number is read; n + 1: it is n so far.
    private const int NumberBits = 9;

    /// <summary>The positions before the first character.</summary>
    public void Start(ref PositionSet to)
    {
        to.Clear();
        to.Add(Position(0));
        Close(ref to);
    }

    /// <summary>The positions behind one more character.</summary>
    /// <returns>how many positions and nodes were looked at: the measure of the work.</returns>
    public long Step(ReadOnlySpan<long> from, char c, ref PositionSet to)
    {
        to.Clear();
        char folded = AsciiCase.Lower(c);
        long looked = 0;
        foreach (long position in from)
        {
            int node = Node(position);
            looked += trie.Nodes[node].Kind == TrieNodeKind.Octet
                ? StepNumber(node, Number(position), folded, ref to)
                : StepNode(node, folded, ref to);
        }

        to.SortDistinct();
        Close(ref to);
        return looked;
    }

    /// <summary>The nodes at which the text read so far may end a pattern.</summary>
    public void Ends(ReadOnlySpan<long> positions, ref PositionSet to)
    {
        to.Clear();
        foreach (long position in positions)
        {
            ref readonly TrieNode node = ref trie.Nodes[Node(position)];
            if (node.Kind != TrieNodeKind.Octet)
                AddEnd(Node(position), ref to);
            else if (node.Index == 3)
                AddEndsBehindAddress(node, Number(position), ref to);
        }

        to.SortDistinct();
    }

    private int StepNode(int number, char c, ref PositionSet to)
    {
        ReadOnlySpan<TrieNode> nodes = trie.Nodes;
        ref readonly TrieNode node = ref nodes[number];
        if (node.Kind == TrieNodeKind.Run && trie.Sets[node.Set].Contains(c))
            to.Add(Position(number));

        for (int child = node.FirstChild; child != 0; child = nodes[child].NextSibling)
        {
            if (nodes[child].Kind == TrieNodeKind.Character ? nodes[child].Character == c : trie.Sets[nodes[child].Set].Contains(c))
                to.Add(Position(child));
        }

        return 1;
    }

    private int StepNumber(int node, int number, char c, ref PositionSet to)
    {
        if (char.IsAsciiDigit(c))
        {
            // A number with a zero before it is no number of an address.
            int more = number == 0 ? c - '0' : ((number - 1) * 10) + (c - '0');
            if (number != 1 && more <= byte.MaxValue)
                to.Add(Position(node, more + 1));

            return 1;
        }

        int looked = 1;
        bool last = trie.Nodes[node].Index == 3;
        if (number == 0 || last == (c == '.'))
            return looked;

        for (int child = trie.Nodes[node].FirstChild; child != 0; child = trie.Nodes[child].NextSibling)
        {
            if (!InRange(trie.Nodes[child], number))
                continue;

            if (last)
                looked += StepBehindAddress(child, c, ref to);
            else
                to.Add(Position(child));
        }

        return looked;
    }

    // An address cannot follow here: it would begin with a digit, and c is none.
    private int StepBehindAddress(int node, char c, ref PositionSet to)
    {
        int looked = StepNode(node, c, ref to);
        for (int child = trie.Nodes[node].FirstEmptyChild; child != 0; child = trie.Nodes[child].NextSibling)
        {
            if (trie.Nodes[child].Kind == TrieNodeKind.Run)
                looked += StepBehindAddress(child, c, ref to);
        }

        return looked;
    }

    private void AddEndsBehindAddress(in TrieNode octet, int number, ref PositionSet to)
    {
        for (int child = octet.FirstChild; child != 0; child = trie.Nodes[child].NextSibling)
        {
            if (InRange(trie.Nodes[child], number))
                AddEndsFrom(child, ref to);
        }
    }

    private void AddEndsFrom(int node, ref PositionSet to)
    {
        AddEnd(node, ref to);
        for (int child = trie.Nodes[node].FirstEmptyChild; child != 0; child = trie.Nodes[child].NextSibling)
            AddEndsFrom(child, ref to);
    }

    private void AddEnd(int node, ref PositionSet to)
    {
        if (trie.Nodes[node].EntryCount > 0)
            to.Add(node);
    }

    private static bool InRange(in TrieNode child, int number) => number > child.Low && number - 1 <= child.High;

    // Adds the nodes reached by nothing. One that is there already came by itself and brings what it reaches, too.
    private void Close(ref PositionSet set)
    {
        int given = set.Count;
        for (int i = 0; i < set.Count; i++)
        {
            for (int child = trie.Nodes[Node(set.Positions[i])].FirstEmptyChild; child != 0; child = trie.Nodes[child].NextSibling)
            {
                if (set.Positions[..given].BinarySearch(Position(child)) < 0)
                    set.Add(Position(child));
            }
        }

        if (set.Count > given)
            set.Sort();
    }

    private static long Position(int node, int number = 0) => ((long)node << NumberBits) | (uint)number;

    private static int Node(long position) => (int)(position >> NumberBits);

    private static int Number(long position) => (int)(position & ((1 << NumberBits) - 1));
}
