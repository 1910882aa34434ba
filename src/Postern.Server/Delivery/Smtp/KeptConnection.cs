using Postern.Policy.Channels;
using Postern.Policy.Configuration;

namespace Postern.Server.Delivery.Smtp;

/// <summary>The connection of one job, kept from one message for its next hop to the next. Not for two attempts at once.</summary>
public sealed class KeptConnection : IAsyncDisposable
{
    private SmtpClientSession? _session;
    private ChannelDefinition? _channel;
    private ConfigurationSnapshot? _snapshot;

    /// <summary>There is a connection on which another message can be sent.</summary>
    public bool IsUsable => _session is not null;

    /// <summary>Says goodbye.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_session is not { } session) return;
        _session = null;
        await session.QuitAsync(CancellationToken.None);
        await session.DisposeAsync();
    }

    /// <summary>Hands out the connection, which belongs to the caller then; null when there is none that was made by the same rules.</summary>
    internal async ValueTask<SmtpClientSession?> TakeAsync(DeliveryAttempt attempt)
    {
        if (!ReferenceEquals(_channel, attempt.Channel) || !ReferenceEquals(_snapshot, attempt.Snapshot)) await DisposeAsync();
        SmtpClientSession? session = _session;
        _session = null;
        return session;
    }

    internal void Keep(SmtpClientSession session, DeliveryAttempt attempt)
    {
        _session = session;
        _channel = attempt.Channel;
        _snapshot = attempt.Snapshot;
    }
}
