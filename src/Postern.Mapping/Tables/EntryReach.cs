using Postern.Mapping.Automata;
using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

// IDEA. An entry is dead when each string that it matches was taken before by an entry above that ends the mapping. The automaton
// of the table tells this exactly: a state names the entries that match a string which leads to it, and every string leads to a state.
// So the states are visited, and an entry is alive when some state names it without an entry above that takes the string.
//
// An entry below a "$C" that changed the string sees strings that the entries above the "$C" never saw; only the entries between the
// two can take them away.
//
// COST. Transitions are visited up to Budget. A table with more (hundreds of entries) is checked for equal patterns and for entries
// that match everything, which needs no states.
//
// BUGS. Back matches and IPv6 networks are known to the automaton as "may match": such an entry takes nothing away from others here.
internal sealed class EntryReach
{
    private const int Budget = 20_000;
    private const int Unseen = -1;
    private const int Alive = -2;
    private const int Several = -3;

    private readonly MappingTable _table;

    // Per entry: the entry that takes its strings away, or one of the constants.
    private readonly int[] _takenBy;

    // Per entry: strings that come to it were offered to all entries from this one on.
    private readonly int[] _offeredFrom;
    private readonly bool[] _takes;

    private EntryReach(MappingTable table)
    {
        _table = table;
        int count = table.Entries.Length;
        _takenBy = new int[count];
        _offeredFrom = new int[count];
        _takes = new bool[count];
        Array.Fill(_takenBy, Unseen);
        for (int i = 0; i < count; i++)
        {
            _takes[i] = table.Automaton.IsExact(i) && table.Entries[i].Template.AlwaysEnds;
            if (i + 1 < count)
                _offeredFrom[i + 1] = table.Entries[i].Template.MayContinueChanged ? i + 1 : _offeredFrom[i];
        }
    }

    /// <summary>Warns of every entry that can never decide anything.</summary>
    public static void Check(MappingTable table, ICollection<Diagnostic> diagnostics)
    {
        EntryReach reach = new(table);
        bool complete = reach.VisitStates();
        if (!complete)
            reach.CompareTexts();

        for (int i = 0; i < table.Entries.Length; i++)
        {
            if (reach.Why(i, complete) is { } why)
                diagnostics.Add(Diagnostic.Warning(table.Entries[i].Position, $"entry \"{table.Entries[i].PatternText}\" never matches: {why}"));
        }
    }

    private string? Why(int entry, bool complete) => _takenBy[entry] switch
    {
        Alive => null,
        Unseen => complete ? "there is no such text" : null,
        Several => "the entries above take all it could match",
        int other => $"entry \"{_table.Entries[other].PatternText}\" at {_table.Entries[other].Position} takes all it could match",
    };

    // False when the budget did not suffice.
    private bool VisitStates()
    {
        TableAutomaton automaton = _table.Automaton;
        HashSet<AutomatonState> seen = [automaton.Start];
        Queue<AutomatonState> open = new(seen);
        int visited = 0;
        while (open.TryDequeue(out AutomatonState? state))
        {
            Judge(state);
            visited += automaton.Classes.Count;
            if (visited > Budget)
                return false;

            for (int i = 0; i < automaton.Classes.Count; i++)
            {
                AutomatonState next = automaton.Successor(state, i);
                if (seen.Add(next))
                    open.Enqueue(next);
            }
        }

        return true;
    }

    private void Judge(AutomatonState state)
    {
        int taker = -1;
        foreach (int entry in state.Accepting)
        {
            if (taker < _offeredFrom[entry])
                _takenBy[entry] = Alive;
            else if (_takenBy[entry] != Alive)
                _takenBy[entry] = _takenBy[entry] is Unseen || _takenBy[entry] == taker ? taker : Several;

            if (_takes[entry])
                taker = entry;
        }
    }

    private void CompareTexts()
    {
        Dictionary<string, int> takers = new(StringComparer.Ordinal);
        int takesAll = -1;
        for (int i = 0; i < _takenBy.Length; i++)
        {
            MappingEntry entry = _table.Entries[i];
            string text = string.Concat(entry.PatternText.Select(AsciiCase.Lower));
            int taker = Math.Max(takesAll, takers.GetValueOrDefault(text, -1));
            _takenBy[i] = taker >= _offeredFrom[i] ? taker : Alive;
            if (!_takes[i])
                continue;

            takers[text] = i;
            if (entry.Pattern.Elements is [PatternElement.Many { Set.IsAll: true }, ..] elements && elements.All(e => e is PatternElement.Many))
                takesAll = i;
        }
    }
}
