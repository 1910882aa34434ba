using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Access;
using Postern.Policy.Directories;

namespace Postern.Policy.Callouts;

/// <summary>
/// One question to the policy while it is being answered. All tables it asks, at the door, for an address or in a rewrite rule, share
/// the answers known so far, the random numbers, and the first callout without an answer, which is handed back with the result.
/// </summary>
/// <remarks>INVARIANT: a question with <see cref="Pending"/> set ends as "cannot tell", so that whoever overlooks it refuses for now.</remarks>
internal sealed class Inquiry(CalloutAnswers answers, Func<double> random)
{
    private const int MostAlong = 1000;

    private readonly Replay _replay = new(answers, random);

    /// <summary>What has to be answered before the question can be; null when nothing has.</summary>
    public Callout? Pending { get; private set; }

    /// <param name="silenceFailsEntry">a callout that cannot be answered is read as "no" (ACCESS_CALLOUT_FAILURE).</param>
    public TableAnswer Ask(MappingSet set, MappingTable table, string probe, InputFlags flags, bool silenceFailsEntry)
    {
        // Without an answer there is no callout to tell of, and most tables have none.
        CalloutTrace? seen = answers.IsEmpty ? null : new CalloutTrace();
        MappingContext context = new(set, flags, answers, random) { UnavailableFailsEntry = silenceFailsEntry, Replay = _replay };
        MappingResult result = MappingEvaluator.Map(table, probe, context, seen);
        if (result is MappingResult.NeedsCallout needs) Pending ??= needs.Callout;
        return new TableAnswer(table, probe, result) { Callouts = seen is null ? [] : [.. seen.Steps] };
    }

    /// <summary>The answer to a callout that no table but the policy itself asks; null while there is none.</summary>
    public CalloutAnswer? Ask(ref Callout callout)
    {
        CalloutAnswer? answer = _replay.Find(ref callout);
        if (answer is null) Open(callout);
        return answer;
    }

    /// <summary>Asks the directory. Null: cannot tell now, whether nobody has asked yet or no server answers.</summary>
    public ImmutableArray<DirectoryEntry>? Search(DirectorySearch search)
    {
        Callout callout = new(CalloutKind.Directory, "", search.ToString());
        return Ask(ref callout) switch
        {
            CalloutAnswer.Entries entries => entries.Found,
            CalloutAnswer.Failure => [],
            _ => null,
        };
    }

    /// <summary>Further searches are asked along with the first, so that a group of a thousand takes no thousand rounds.</summary>
    private void Open(Callout callout)
    {
        if (Pending is null) Pending = callout;
        else if (Pending.Along.Length < MostAlong && callout != Pending && !Pending.Along.Contains(callout)) Pending = Pending with { Along = Pending.Along.Add(callout) };
    }
}
