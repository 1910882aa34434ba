using Postern.Mapping.Evaluation;
using Postern.Policy.Access;

namespace Postern.Policy.Channels;

/// <summary>How mail came in: the channel that stands for what is known of its origin.</summary>
/// <param name="Initial">the listener's channel; session limits and channel-specific options are always its.</param>
/// <param name="Current">after switching; access tables and all other options see this one.</param>
/// <param name="Reason">one line for a person.</param>
/// <param name="Path">the probes and rewrites that chose it; null when there were none.</param>
public sealed record SourceChannel(
    ChannelName Initial,
    ChannelName Current,
    SourceChannelReason Kind,
    string Reason,
    Explanation? Path = null)
{
    /// <summary>The first callout without an answer: ask again with it. Until then the channel is the listener's. Null: nothing is open.</summary>
    public Callout? Pending { get; init; }
}
