using System.Collections.Immutable;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Mapping.Evaluation;

// IDEA. One run carries one string down one table. Each entry that matches is carried out; it leaves the string changed or, when a
// part of it failed, untouched, and says where to go on: next entry, top, or end. A called table is a run of its own on the same
// context, one level deeper.
//
// A question to the outside ends the run. The caller answers it and starts again from the first entry; with the answers and the
// random numbers of the first run at hand the second takes the same way up to the question and beyond. So nothing here waits, and
// no state of a half-done run has to be kept.
//
// INVARIANT. The flags and the output of the result come from one entry: the last that succeeded.
//
// COST. A restart that does not shorten the string is granted ten times in a row, so a table cannot loop on one string; each pass
// that does shorten it starts the count anew, and called tables multiply. The number of templates per run is therefore bounded
// as well, and exceeding it is a fault.
internal sealed class MappingRun(MappingContext context, IMappingTrace? trace)
{
    private readonly Replay _replay = context.Replay ?? new Replay(context.Answers, context.Random);
    private int _templates;

    public MappingContext Context => context;

    public MappingResult Map(MappingTable table, string input, int depth)
    {
        string current = input;
        OutputFlags flags = OutputFlags.None;
        Restarts restarts = new(input.Length);
        RuleHit? hit = null;
        ImmutableArray<string> captures = [];
        bool succeeded = false;
        bool oncemore = false;
        int next = 0;
        while (true)
        {
            EntryMatch found = table.Matcher.First(current, next);
            TraceSkipped(table, current, next, found.Index, depth);
            if (found.Index == table.Entries.Length)
            {
                if (!oncemore || !TryRestart(ref restarts, current, depth))
                    break;

                oncemore = false;
                next = 0;
                continue;
            }

            hit = new RuleHit(table, table.Entries[found.Index]);
            if (found.Pattern.Outcome == PatternOutcome.StepLimit)
                return new MappingResult.Fault($"a back match takes more than {Pattern.StepLimit} steps", hit);

            captures = found.Pattern.Texts(current);
            trace?.Add(new MappingStep.Matched(depth, hit.Value, current, captures));

            TemplateExpansion expansion = new(this, captures, depth);
            if (!expansion.Run(hit.Value.Entry.Template))
            {
                if (expansion.Interruption is { } interruption)
                    return interruption is MappingResult.Fault { Hit: null } fault ? fault with { Hit = hit } : interruption;

                trace?.Add(new MappingStep.Failed(depth, hit.Value, expansion.Failure, expansion.Control));
            }
            else
            {
                succeeded = true;
                current = expansion.Output;
                flags = expansion.Flags;
                trace?.Add(new MappingStep.Succeeded(depth, hit.Value, current, flags, expansion.Control));
            }

            switch (expansion.Control)
            {
                case MappingControl.Continue or MappingControl.Loop:
                    oncemore = expansion.Control == MappingControl.Loop;
                    next = found.Index + 1;
                    break;
                case MappingControl.Restart when TryRestart(ref restarts, current, depth):
                    oncemore = false;
                    next = 0;
                    break;
                default:
                    return new MappingResult.Match(current, flags, hit, captures, restarts.Passes);
            }
        }

        return hit is null
            ? new MappingResult.NoMatch()
            : new MappingResult.Match(current, flags, hit, captures, restarts.Passes) { AllFailed = !succeeded };
    }

    /// <summary>Counts one more template; false when the run has had its share.</summary>
    public bool TryCountTemplate() => ++_templates <= MappingLimits.Templates;

    /// <summary>0 &lt;= x &lt; 1: the number of the earlier run if there was one, else a new one.</summary>
    public double Draw() => _replay.Draw();

    /// <summary>The answer to a callout, or null when the run has to stop and ask; the question then knows the way to it.</summary>
    public CalloutAnswer? Ask(ref Callout callout, int depth)
    {
        CalloutAnswer? answer = _replay.Find(ref callout);
        if (answer is not null)
            trace?.Add(new MappingStep.Answered(depth, callout, answer));

        return answer;
    }

    public MappingResult Call(MappingTable table, string argument, int depth)
    {
        trace?.Add(new MappingStep.Entered(depth, table.Name, argument));
        return Map(table, argument, depth);
    }

    private bool TryRestart(ref Restarts restarts, string current, int depth)
    {
        bool granted = restarts.TryGrant(current.Length);
        trace?.Add(granted ? new MappingStep.Restarted(depth, restarts.Passes, current) : new MappingStep.RestartRefused(depth, current));
        return granted;
    }

    private void TraceSkipped(MappingTable table, string current, int from, int to, int depth)
    {
        if (trace is null)
            return;

        for (int i = from; i < to; i++)
            trace.Add(new MappingStep.Skipped(depth, new RuleHit(table, table.Entries[i]), current));
    }

    /// <summary>The restart limit: the length of the string is compared with that at the last restart.</summary>
    private struct Restarts(int length)
    {
        private int _length = length;
        private int _unshortened;

        public int Passes { get; private set; } = 1;

        public bool TryGrant(int length)
        {
            _unshortened = length >= _length ? _unshortened + 1 : 0;
            _length = length;
            if (_unshortened > MappingLimits.Restarts)
                return false;

            Passes++;
            return true;
        }
    }
}
