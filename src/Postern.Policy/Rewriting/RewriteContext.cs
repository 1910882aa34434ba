using Postern.Policy.Channels;

namespace Postern.Policy.Rewriting;

/// <summary>Where an address stands and where it comes from (Administration Guide 6.3, ch. 11 "Direction-and-location-specific rewrites").</summary>
/// <param name="Envelope">from the envelope, not from a header or body.</param>
/// <param name="Forward">a recipient (To, Cc); false for senders (MAIL FROM, From, Reply-To) and for the client's own address.</param>
/// <param name="DestinationChannel">null while it is not known, as for an envelope recipient.</param>
/// <param name="Reprocessing">the mail is handed back by a channel of the MTA itself (<c>$1M</c>).</param>
public sealed record RewriteContext(
    ChannelName SourceChannel,
    bool Envelope,
    bool Forward,
    ChannelName? DestinationChannel = null,
    bool Reprocessing = false)
{
    /// <summary>The name the client gave itself (<c>remotehost</c>), or null. What spells no host counts as none.</summary>
    public string? ClientHost { get; init; }

    public bool IsRecipient => Envelope && Forward;
}
