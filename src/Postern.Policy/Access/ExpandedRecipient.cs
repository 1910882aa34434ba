using Postern.Policy.Aliases;
using Postern.Policy.Channels;
using Postern.Smtp.Commands;

namespace Postern.Policy.Access;

/// <summary>One address that a recipient became after rewriting and alias expansion, with the way it goes out.</summary>
/// <param name="Address">as queued: canonical, without angle brackets.</param>
/// <param name="Host">the routing host: next hop of a tcp channel, official host of an internal one.</param>
/// <param name="ReversePath">envelope From of this copy: the sender's, or a list owner's; "" is the null reverse-path.</param>
/// <param name="OriginalRecipient">ORCPT of the client, or the address before expansion, as <c>type;address</c>, when the two differ.</param>
/// <param name="ViaAlias">an alias or FORWARD rule of ours led here; the client named something else.</param>
/// <param name="ShownAs">the address that notifications name instead; null for the address itself.</param>
/// <param name="HoldReason">not null: the copy is held.</param>
/// <param name="Lists">the lists that work on its copy; null without any.</param>
public sealed record ExpandedRecipient(
    string Address,
    ChannelName Channel,
    string Host,
    string ReversePath,
    string? OriginalRecipient = null,
    bool ViaAlias = false,
    Notify Notify = Notify.None,
    string? ShownAs = null,
    string? HoldReason = null,
    ListPath? Lists = null);
