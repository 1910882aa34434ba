namespace Postern.Mapping.Automata;

/// <summary>How a node of a <see cref="PatternTrie"/> is reached from its parent.</summary>
internal enum TrieNodeKind : byte
{
    /// <summary>Not at all: the node before the first element.</summary>
    Root,

    /// <summary>By one character, folded.</summary>
    Character,

    /// <summary>By one character of a set.</summary>
    OneOf,

    /// <summary>By nothing; stays active as long as the characters are in its set.</summary>
    Run,

    /// <summary>By nothing (first number of an IPv4 address), or by a dot behind a number in the node's range (the other three).</summary>
    Octet,

    /// <summary>By a last number in the node's range and a character behind it that belongs to no address, or the end of the text.</summary>
    AddressEnd,
}

/// <summary>A place in the patterns of a table. Patterns with the same elements up to the place share it.</summary>
internal struct TrieNode
{
    public TrieNodeKind Kind;

    /// <summary>Of an octet: 0 to 3, the number that is being read here.</summary>
    public byte Index;

    /// <summary>The range that the number read by the parent must be in.</summary>
    public byte Low;
    public byte High;
    public char Character;

    /// <summary>The set of a one-of or a run, as an index.</summary>
    public int Set;

    /// <summary>The first child reached by text, and the first reached by nothing; 0 when there is none.</summary>
    public int FirstChild;
    public int FirstEmptyChild;
    public int NextSibling;

    /// <summary>The entries whose pattern ends here, as a slice of the trie's list of entries.</summary>
    public int FirstEntry;
    public int EntryCount;

    public readonly bool SameStep(in TrieNode other) =>
        Kind == other.Kind && Index == other.Index && Low == other.Low && High == other.High && Character == other.Character && Set == other.Set;
}
