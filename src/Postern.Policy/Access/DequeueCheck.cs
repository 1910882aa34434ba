using System.Globalization;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;

namespace Postern.Policy.Access;

/// <summary>DEQUEUE_ACCESS: asked when a channel begins to deliver a copy (Messaging Server Technical Reference Wiki, "DEQUEUE_ACCESS mapping table").</summary>
/// <remarks>INVARIANT: while the table cannot answer the copy waits.</remarks>
internal sealed class DequeueCheck(ConfigurationSnapshot snapshot, AccessTables tables)
{
    private const int LongestWait = 7 * 24 * 3600;

    private readonly ProbeField _field = new(snapshot.Options.MappingParanoia);

    public DequeueAnswer Decide(DequeuedCopy copy, Inquiry inquiry)
    {
        if (!tables.Exists(AccessTables.Dequeue)) return new DequeueAnswer(Goes: true, null, "", Explanation.Empty);

        // Neither AUTH= of MAIL nor a priority of the message transfer is kept: the first is empty, the second the default one (RFC 6710).
        string probe = string.Create(
            CultureInfo.InvariantCulture,
            $"{copy.Channel}|{copy.Id}|{(long)copy.Age.TotalSeconds}|{_field.Of(copy.ReversePath)}||{_field.Of(copy.AuthenticatedUser ?? "")}|0|{_field.Of(copy.Host)}");
        TableAnswer asked = tables.Ask(AccessTables.Dequeue, probe, default, inquiry)!;
        (string output, var flags) = asked.Output;
        bool waits = asked.Fault is not null || flags.Has('N') || flags.Has('F');
        Explanation explanation = Explanation.Empty.Add(asked.Steps(decides: waits));
        if (!waits) return new DequeueAnswer(Goes: true, null, "", explanation);

        // The ancestor reads the time from the output; what stands behind a bar is the reason.
        int bar = flags.Has('S') ? output.IndexOf('|', StringComparison.Ordinal) : -1;
        string seconds = bar < 0 ? output : output[..bar];
        TimeSpan? after = flags.Has('S') && int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? TimeSpan.FromSeconds(Math.Clamp(number, 1, LongestWait))
            : null;
        string text = asked.Fault ?? (flags.Has('S') ? output[(bar < 0 ? output.Length : bar + 1)..] : output);
        return new DequeueAnswer(Goes: false, after, text, explanation);
    }
}
