using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Server.Dns;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>Opens connections to next hops: greeting, TLS, loop check and authentication, until the host waits for MAIL.</summary>
/// <param name="logger">told the dialogue on channels with <c>master_debug</c>.</param>
/// <param name="records">told of each connection.</param>
internal sealed class HopConnector(TimeProvider time, ILogger logger, HopRecords records)
{
    private static readonly EnhancedCode RoutingLoop = new(5, 4, 6);
    private static readonly EnhancedCode NeedsTls = new(4, 7, 4);

    public HopRecords Records => records;

    /// <param name="progress">is told each phase as it begins.</param>
    /// <returns>a session, which belongs to the caller, or why there is none. A permanent fault of phase <see cref="DeliveryPhase.Routing"/> holds for every host.</returns>
    /// <exception cref="SmtpPeerException">the host cannot be talked to.</exception>
    /// <exception cref="TlsPeerException">the handshake failed.</exception>
    public async Task<(SmtpClientSession? Session, DeliveryFault? Fault)> OpenAsync(
        DeliveryAttempt attempt, NextHopTarget target, TlsUse tls, HopProgress progress, CancellationToken cancellationToken)
    {
        progress.Session = null;
        SmtpClientSession session = await ConnectAsync(attempt, target, cancellationToken);
        progress.Session = session;
        try
        {
            if (await PrepareAsync(session, attempt, tls, progress, cancellationToken) is not { } fault) return (session, null);
            await session.QuitAsync(cancellationToken);
            await session.DisposeAsync();
            return (null, fault);
        }
        catch
        {
            await session.DisposeAsync();
            throw;
        }
    }

    /// <summary>Where the dialogue about a message is told; null when it is told to nobody.</summary>
    public Action<string>? Trace(DeliveryAttempt attempt, NextHopTarget target)
    {
        if (!attempt.Channel.MasterDebug) return null;
        string id = attempt.Copy.Envelope.Id.ToString();
        return line => DeliveryLog.Dialogue(logger, id, target.Name, line);
    }

    private async Task<SmtpClientSession> ConnectAsync(DeliveryAttempt attempt, NextHopTarget target, CancellationToken cancellationToken)
    {
        try
        {
            SmtpClientSession session = await SmtpClientSession.ConnectAsync(target, attempt.Channel.InterfaceAddress, time, Trace(attempt, target), cancellationToken);
            records.Opened(attempt, session);
            return session;
        }
        catch (SmtpPeerException e)
        {
            records.Missed(attempt, target, e.Message);
            throw;
        }
    }

    /// <returns>null when the host waits for MAIL.</returns>
    private async Task<DeliveryFault?> PrepareAsync(
        SmtpClientSession session, DeliveryAttempt attempt, TlsUse tls, HopProgress progress, CancellationToken cancellationToken)
    {
        string host = session.Target.Name;
        string ourHost = attempt.Snapshot.Channels.Local.OfficialHost;
        string localName = attempt.Channel.LocalHostAlias ?? ourHost;
        progress.Phase = DeliveryPhase.Greeting;
        SmtpReply greeting = await session.ReadGreetingAsync(cancellationToken);
        if (greeting.Code != 220) return ReplyClassification.Fault(DeliveryPhase.Greeting, greeting, host);
        SmtpReply hello = await session.GreetAsync(localName, attempt.Channel.Lmtp, cancellationToken);
        if (hello.Code != 250) return ReplyClassification.Fault(DeliveryPhase.Greeting, hello, host);

        if (tls != TlsUse.No)
        {
            progress.Phase = DeliveryPhase.Tls;
            SmtpReply? refused = await SecureAsync(session, attempt, tls, localName, cancellationToken);
            if (refused is not null && tls == TlsUse.Must)
                return new DeliveryFault(DeliveryPhase.Tls, NeedsTls, $"{host} offers no usable TLS", host, ReplyText.Of(refused));
        }

        if (attempt.Channel.LoopCheck && session.Extensions.GetValueOrDefault("XLOOP") == LoopToken.Of(ourHost))
            return new DeliveryFault(DeliveryPhase.Routing, RoutingLoop, $"{host} is this host", host);

        progress.Phase = DeliveryPhase.Authentication;
        return await ClientAuthentication.RunAsync(session, attempt.Channel, cancellationToken);
    }

    /// <summary>Null when TLS is on; else what the peer said instead.</summary>
    private async Task<SmtpReply?> SecureAsync(SmtpClientSession session, DeliveryAttempt attempt, TlsUse use, string localName, CancellationToken cancellationToken)
    {
        if (!session.Extensions.ContainsKey("STARTTLS")) return new SmtpReply(454, "4.7.0", "STARTTLS is not offered");
        SmtpReply reply = await session.StartTlsAsync(verify: use == TlsUse.Must, cancellationToken);
        if (reply.Code != 220) return reply;
        if (attempt.Channel.Logging) DeliveryLog.Secured(logger, attempt.Copy.Envelope.Id.ToString(), session.Target.Name, session.Tls!);
        try
        {
            SmtpReply hello = await session.GreetAsync(localName, attempt.Channel.Lmtp, cancellationToken);
            if (hello.Code != 250) throw new SmtpPeerException($"the next hop refused EHLO inside TLS: {ReplyText.Of(hello)}");
            return null;
        }
        catch (SmtpPeerException e) when (e.IsLost)
        {
            // In TLS 1.3 a host may refuse the handshake when we take it for done.
            throw new TlsPeerException($"TLS with {session.Target.Name} ended behind the handshake: {e.Message}", e);
        }
    }
}
