using System.Collections.Immutable;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;

namespace Postern.Mapping.Automata;

// IDEA. A table is one question: which is the first pattern that matches? All its patterns are merged into a trie (PatternTrie),
// and a probe is read once, character by character, while the set of trie positions that are still possible is carried along
// (TrieStepper). Such a set is a state of a deterministic automaton. There may be exponentially many, but a table meets few; so
// states are built when a probe first leads to them, and remembered together with where each class of characters leads. From then
// on a character costs one array access, however many entries the table has. A state also knows which entries match if the probe
// ends there; the first of them at or after the asked one decides, and its fields are found by running its own pattern alone.
//
// INVARIANTS. Of an exact entry the automaton says "matches" when its pattern does, and only then. Of an entry with a back match or an
// IPv6 network, which are not regular over the text or would need too many states, it says "may match" at least when the pattern
// does: in their place stands a run of all characters that they could take. The pattern has the last word on every entry, so
// even a wrong automaton could hide a match, never invent one. States and the automaton never change what they answer; the cache
// of states is all that changes.
//
// COST. Building: linear in the characters of all patterns. A probe on known states: linear in its length, nothing allocated. A probe
// on unknown states: per character one step of the position set, no more than 4 x nodes of the trie looked at (Steps measures
// it), and one or two allocations. Deciding: a binary search, then the pattern of the deciding entry (linear in pattern times probe, see
// PatternMatcher); entries that only may match and do not cost one such run each.
//
// LIMITS. Remembered states take at most CacheBytes per table. When they are full, a probe that leaves them goes on with position sets
// in rented memory: slower, the same answer. When more than RenewAfter characters were read that way, the states are forgotten
// and learning starts anew, so that neither a flood of odd probes nor a change in the traffic makes a table slow for good. Walks on
// forgotten states end on them; they are as true as before.
//
// BUGS. Thousands of IPv6 networks in one table are tried one by one.
public sealed class TableAutomaton : IEntryMatcher
{
    /// <summary>Memory for remembered states of one table, about.</summary>
    public const long DefaultCacheBytes = 8 << 20;

    private const int RenewAfter = 1 << 20;

    private readonly ImmutableArray<Pattern> _patterns;
    private readonly ImmutableArray<bool> _exact;
    private readonly PatternTrie _trie;
    private readonly TrieStepper _stepper;
    private readonly long _cacheBytes;
    private Generation _generation;
    private int _uncached;

    /// <param name="cacheBytes">about how much the remembered states may take; 0 remembers none.</param>
    public TableAutomaton(ImmutableArray<Pattern> patterns, long cacheBytes = DefaultCacheBytes)
    {
        _patterns = patterns;
        _exact = [.. patterns.Select(PatternTrie.IsExact)];
        _trie = new PatternTrie(patterns);
        _stepper = new TrieStepper(_trie);
        _cacheBytes = cacheBytes;
        Classes = CharacterClasses.Of(_trie);
        _generation = NewGeneration();
    }

    /// <summary>The number of entries, and the answer "none" of <see cref="First"/>.</summary>
    public int Entries => _patterns.Length;

    /// <summary>Nodes of the merged patterns, the measure of the table's size.</summary>
    public int Nodes => _trie.Nodes.Length;

    /// <summary>Characters that lead from every state to the same state.</summary>
    public CharacterClasses Classes { get; }

    /// <summary>The state before the first character.</summary>
    public AutomatonState Start => Volatile.Read(ref _generation).Start;

    /// <summary>States remembered at the moment.</summary>
    public int CachedStates => Volatile.Read(ref _generation).States.Count;

    /// <summary>Whether <see cref="AutomatonState.Accepting"/> means "matches" for the entry, and not only "may match".</summary>
    public bool IsExact(int entry) => _exact[entry];

    public EntryMatch First(ReadOnlySpan<char> probe, int from)
    {
        AutomatonState state = Start;
        for (int i = 0; i < probe.Length; i++)
        {
            int characterClass = Classes.Of(probe[i]);
            AutomatonState? next = state.Known(characterClass) ?? Learn(state, characterClass);
            if (next is null)
                return FirstUncached(state, probe, i, from);

            if (next.IsDead)
                return None;

            state = next;
        }

        for (int entry = state.FirstAccepting(from); entry >= 0; entry = state.FirstAccepting(entry + 1))
        {
            if (Decide(entry, probe) is { Outcome: not PatternOutcome.NoMatch } match)
                return new EntryMatch(entry, match);
        }

        return None;
    }

    /// <summary>
    /// The state behind one more character of the class. With <see cref="Start"/> and <see cref="CharacterClasses.Count"/> this
    /// lists the whole automaton; allocates a new state when the remembered ones are full.
    /// </summary>
    public AutomatonState Successor(AutomatonState state, int characterClass)
    {
        ArgumentNullException.ThrowIfNull(state);
        return state.Known(characterClass) ?? Learn(state, characterClass) ?? Build(state, characterClass);
    }

    /// <summary>How many positions a probe makes the automaton look at when no state is remembered; no more than 4 x <see cref="Nodes"/> x length.</summary>
    public long Steps(ReadOnlySpan<char> probe)
    {
        PositionSet current = new();
        PositionSet next = new();
        _stepper.Start(ref current);
        long looked = Walk(probe, ref current, ref next);
        current.Dispose();
        next.Dispose();
        return looked;
    }

    private EntryMatch None => new(_patterns.Length, default);

    // An exact entry without fields matches and has nothing more to tell.
    private PatternMatch Decide(int entry, ReadOnlySpan<char> probe) =>
        _exact[entry] && _patterns[entry].Saved == 0 ? new PatternMatch([]) : _patterns[entry].Match(probe);

    private EntryMatch FirstUncached(AutomatonState state, ReadOnlySpan<char> probe, int read, int from)
    {
        PositionSet current = new();
        PositionSet next = new();
        current.AddRange(state.Positions);
        Walk(probe[read..], ref current, ref next);
        _stepper.Ends(current.Positions, ref next);
        EntryMatch found = None;
        for (int entry = FirstEntry(next.Positions, from); entry >= 0; entry = FirstEntry(next.Positions, entry + 1))
        {
            if (Decide(entry, probe) is { Outcome: not PatternOutcome.NoMatch } match)
            {
                found = new EntryMatch(entry, match);
                break;
            }
        }

        current.Dispose();
        next.Dispose();
        if (Interlocked.Add(ref _uncached, probe.Length - read) > RenewAfter)
            Renew();

        return found;
    }

    // Leaves the positions behind the text in "current".
    private long Walk(ReadOnlySpan<char> text, ref PositionSet current, ref PositionSet next)
    {
        long looked = 0;
        foreach (char c in text)
        {
            looked += _stepper.Step(current.Positions, c, ref next);
            PositionSet last = current;
            current = next;
            next = last;
            if (current.Count == 0)
                break;
        }

        return looked;
    }

    private int FirstEntry(ReadOnlySpan<long> ends, int from)
    {
        int first = int.MaxValue;
        foreach (long end in ends)
        {
            ReadOnlySpan<int> entries = _trie.Entries(_trie.Nodes[(int)end]);
            int found = entries.BinarySearch(from);
            found = found < 0 ? ~found : found;
            if (found < entries.Length)
                first = Math.Min(first, entries[found]);
        }

        return first == int.MaxValue ? -1 : first;
    }

    // The successor, remembered from now on; null when there is no room for it.
    private AutomatonState? Learn(AutomatonState state, int characterClass)
    {
        StateCache states = Volatile.Read(ref _generation).States;
        if (states.IsFull)
            return null;

        PositionSet to = new();
        _stepper.Step(state.Positions, Classes.Representatives[characterClass], ref to);
        if (!states.TryFind(to.Positions, out AutomatonState? next))
            next = states.Add(StateOf(to.Positions));

        to.Dispose();
        if (next is not null)
            state.Learn(characterClass, next);

        return next;
    }

    private AutomatonState Build(AutomatonState state, int characterClass)
    {
        PositionSet to = new();
        _stepper.Step(state.Positions, Classes.Representatives[characterClass], ref to);
        AutomatonState next = StateOf(to.Positions);
        to.Dispose();
        return next;
    }

    private AutomatonState StateOf(ReadOnlySpan<long> positions)
    {
        PositionSet ends = new();
        _stepper.Ends(positions, ref ends);
        ReadOnlyMemory<int> accepting = _trie.Entries(ends.Positions);
        ends.Dispose();
        return new AutomatonState(positions, accepting, Classes.Count);
    }

    private void Renew()
    {
        Volatile.Write(ref _uncached, 0);
        Volatile.Write(ref _generation, NewGeneration());
    }

    private Generation NewGeneration()
    {
        PositionSet positions = new();
        _stepper.Start(ref positions);
        AutomatonState start = StateOf(positions.Positions);
        positions.Dispose();
        return new Generation(start, new StateCache(Classes.Count, _cacheBytes));
    }

    private sealed record Generation(AutomatonState Start, StateCache States);
}
