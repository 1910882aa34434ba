using Postern.Policy.Channels;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>
/// Says which delivery program serves a channel, by its name and its options <c>smtp</c> and <c>lmtp</c>. Whichever it is, what an operator released to be rewritten anew
/// goes back to the MTA instead.
/// </summary>
public sealed class DeliveryChannels(
    IDeliveryChannel smtp, IDeliveryChannel store, IDeliveryChannel native, IDeliveryChannel pipe, IDeliveryChannel reprocess)
{
    private static readonly BitbucketDelivery Bitbucket = new();

    private readonly HoldDelivery _hold = new(reprocess);

    public IDeliveryChannel For(ChannelDefinition channel) => channel.Name.HandsBack
        ? reprocess
        : new SplitDelivery(static recipient => recipient.Release.IsRewritten(), reprocess, Program(channel));

    private IDeliveryChannel Program(ChannelDefinition channel) => channel.Name.ToString() switch
    {
        "ims-ms" when !channel.Lmtp => store,
        "native" => native,
        "pipe" => pipe,
        "bitbucket" => Bitbucket,
        "hold" => _hold,
        "tcp_auth" or "tcp_submit" => new HeldDelivery($"channel {channel.Name} only receives mail"),
        _ when channel.IsRemote => smtp,
        _ => new HeldDelivery($"this release has no delivery program for channel {channel.Name}"),
    };
}
