using Postern.Policy.Channels;

namespace Postern.Server.Delivery;

/// <summary>Says which delivery program serves a channel, by its name and its <c>smtp</c> option.</summary>
public sealed class DeliveryChannels(
    IDeliveryChannel smtp, IDeliveryChannel store, IDeliveryChannel reprocess)
{
    private static readonly BitbucketDelivery Bitbucket = new();

    public IDeliveryChannel For(ChannelDefinition channel) => channel.Name.ToString() switch
    {
        _ when channel.Name.HandsBack => reprocess,
        "ims-ms" => store,
        "bitbucket" => Bitbucket,
        "hold" => new HeldDelivery("hold channel"),
        "tcp_auth" or "tcp_submit" => new HeldDelivery($"channel {channel.Name} only receives mail"),
        _ when channel.Lmtp => new HeldDelivery($"this release delivers nothing by LMTP (channel {channel.Name})"),
        _ when channel.Smtp => smtp,
        _ => new HeldDelivery($"this release has no delivery program for channel {channel.Name}"),
    };
}
