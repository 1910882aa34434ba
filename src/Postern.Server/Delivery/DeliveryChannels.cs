using Postern.Policy.Channels;

namespace Postern.Server.Delivery;

/// <summary>Says which delivery program serves a channel, by its name and its options <c>smtp</c> and <c>lmtp</c>.</summary>
public sealed class DeliveryChannels(
    IDeliveryChannel smtp, IDeliveryChannel store, IDeliveryChannel native, IDeliveryChannel pipe, IDeliveryChannel reprocess)
{
    private static readonly BitbucketDelivery Bitbucket = new();

    private readonly HoldDelivery _hold = new(reprocess);

    public IDeliveryChannel For(ChannelDefinition channel) => channel.Name.ToString() switch
    {
        _ when channel.Name.HandsBack => reprocess,
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
