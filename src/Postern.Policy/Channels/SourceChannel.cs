using Postern.Mapping.Evaluation;
using Postern.Mapping.Text;
using Postern.Policy.Access;

namespace Postern.Policy.Channels;

/// <summary>How mail came in: the channel that stands for what is known of its origin.</summary>
/// <param name="Initial">the listener's channel; session limits and channel-specific options are always its.</param>
/// <param name="Current">after switching; access tables and all other options see this one.</param>
/// <param name="Reason">one line for a person.</param>
public sealed record SourceChannel(ChannelName Initial, ChannelName Current, SourceChannelReason Kind, string Reason)
{
    /// <summary>Every stage of the choice in order, with its rewrites and probes.</summary>
    public Explanation Path { get; init; } = Explanation.Empty;

    /// <summary>The first callout without an answer: ask again with it. Until then the channel is the listener's. Null: nothing is open.</summary>
    public Callout? Pending { get; init; }

    /// <summary>The channel of a session before anything is known of its client.</summary>
    internal static SourceChannel OfListener(ChannelName channel, string reason, SourcePosition? at = null) =>
        new(channel, channel, SourceChannelReason.Listener, reason)
        {
            Path = Explanation.Empty.Add(new ExplanationStep.Source(channel.ToString(), reason, at)),
        };
}
