using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Dns;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// Delivers by SMTP to the mail exchangers of a host, or to the smart host that the channel's <c>daemon</c> names; with the
/// channel option <c>lmtp</c> by LMTP (RFC 2033) to the mail store of that name.
/// </summary>
/// <remarks>
/// Hosts are tried in turn until one answers a MAIL command with something other than 4xx: from there on its word counts
/// (<see cref="SmtpTransaction"/>), and no other host is asked about the same recipients in this attempt. A handshake that
/// fails under <c>maytls</c> costs the host one second connection in the clear. When none could be connected to, the
/// channel's <c>lastresort</c> is tried. Only when no host could be used is the next hop itself reported as faulty.
/// A host that knows our XLOOP token is ourselves: mail that would come back is returned (<c>loopcheck</c>).
/// </remarks>
/// <param name="logger">told the dialogue on channels with <c>master_debug</c>.</param>
public sealed class SmtpDelivery(INextHopResolver resolver, TimeProvider time, ILogger logger) : IDeliveryChannel
{
    private static readonly EnhancedCode RoutingLoop = new(5, 4, 6);
    private static readonly EnhancedCode CannotConnect = new(4, 4, 1);
    private static readonly EnhancedCode Malformed = new(4, 5, 0);
    private static readonly EnhancedCode NeedsTls = new(4, 7, 4);

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        ChannelDefinition channel = attempt.Channel;
        NextHopRoute route = await ResolveAsync(attempt.Host, channel, cancellationToken);
        if (route is not NextHopRoute.Found { Targets: var targets })
        {
            NextHopRoute.Unroutable none = (NextHopRoute.Unroutable)route;
            return All(attempt, RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Routing, none.Status, none.Reason)));
        }

        List<DeliveryFault> faults = [];
        foreach (NextHopTarget target in targets)
        {
            (ImmutableArray<RecipientOutcome>? outcomes, DeliveryFault? fault) = await TryTargetAsync(attempt, target, cancellationToken);
            if (outcomes is { } done) return done;
            faults.Add(fault!);
        }

        if (channel.LastResort is { } last && faults.All(f => f is { Phase: DeliveryPhase.Connect, IsPermanent: false }))
        {
            if (await TryLastResortAsync(attempt, last, cancellationToken) is { } done) return done;
        }

        // One host that may work later outweighs any number that never will.
        DeliveryFault told = faults.FirstOrDefault(f => !f.IsPermanent) ?? faults[^1];
        return All(attempt, RecipientOutcome.Of(told, hostFault: !told.IsPermanent));
    }

    /// <summary>A host that an administrator names may be this machine; so may a mail store, where mail ends in any case.</summary>
    private async Task<NextHopRoute> ResolveAsync(string host, ChannelDefinition channel, CancellationToken cancellationToken)
    {
        if (channel.Daemon is ['/', ..])
            return new NextHopRoute.Found([new NextHopTarget(channel.OfficialHost, IPAddress.None, 0) { SocketFile = channel.Daemon }]);
        bool isNamed = channel.Daemon is not null || channel.Lmtp;
        return await resolver.ResolveAsync(host, channel.Port, useMx: !isNamed && channel.UsesMx, allowOwnAddresses: isNamed, cancellationToken);
    }

    private async Task<ImmutableArray<RecipientOutcome>?> TryLastResortAsync(DeliveryAttempt attempt, string host, CancellationToken cancellationToken)
    {
        NextHopRoute route = await resolver.ResolveAsync(host, attempt.Channel.Port, useMx: false, allowOwnAddresses: true, cancellationToken);
        if (route is not NextHopRoute.Found { Targets: var targets }) return null;
        foreach (NextHopTarget target in targets)
        {
            if ((await TryTargetAsync(attempt, target, cancellationToken)).Outcomes is { } done) return done;
        }

        return null;
    }

    private async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> TryTargetAsync(
        DeliveryAttempt attempt, NextHopTarget target, CancellationToken cancellationToken)
    {
        TlsUse tls = attempt.Channel.TlsClient;
        DeliveryPhase phase = DeliveryPhase.Connect;
        try
        {
            return await ConverseAsync(attempt, target, tls, p => phase = p, cancellationToken);
        }
        catch (TlsPeerException) when (tls == TlsUse.May)
        {
            // Once more in the clear, in the same attempt: opportunistic TLS must not cost a delivery.
        }
        catch (Exception e) when (e is SmtpPeerException or TlsPeerException)
        {
            return (null, Fault(phase, e, target));
        }

        try
        {
            return await ConverseAsync(attempt, target, TlsUse.No, p => phase = p, cancellationToken);
        }
        catch (SmtpPeerException e)
        {
            return (null, Fault(phase, e, target));
        }
    }

    /// <summary>One connection. Outcomes are null when this host does not want to talk; the next one may.</summary>
    private async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> ConverseAsync(
        DeliveryAttempt attempt, NextHopTarget target, TlsUse tls, Action<DeliveryPhase> enter, CancellationToken cancellationToken)
    {
        string id = attempt.Copy.Envelope.Id.ToString();
        Action<string>? trace = attempt.Channel.MasterDebug ? line => DeliveryLog.Dialogue(logger, id, target.Name, line) : null;
        await using SmtpClientSession session = await SmtpClientSession.ConnectAsync(target, attempt.Channel.InterfaceAddress, time, trace, cancellationToken);
        string ourHost = attempt.Snapshot.Channels.Local.OfficialHost;
        string localName = attempt.Channel.LocalHostAlias ?? ourHost;
        enter(DeliveryPhase.Greeting);
        SmtpReply greeting = await session.ReadGreetingAsync(cancellationToken);
        if (greeting.Code != 220) return await GiveUpAsync(session, ReplyClassification.Fault(DeliveryPhase.Greeting, greeting, target.Name), cancellationToken);
        SmtpReply hello = await session.GreetAsync(localName, attempt.Channel.Lmtp, cancellationToken);
        if (hello.Code != 250) return await GiveUpAsync(session, ReplyClassification.Fault(DeliveryPhase.Greeting, hello, target.Name), cancellationToken);

        if (tls != TlsUse.No)
        {
            enter(DeliveryPhase.Tls);
            SmtpReply? refused = await SecureAsync(session, tls, localName, attempt.Channel.Lmtp, cancellationToken);
            if (refused is not null && tls == TlsUse.Must)
            {
                DeliveryFault fault = new(DeliveryPhase.Tls, NeedsTls, $"{target.Name} offers no usable TLS", target.Name, refused.ToString());
                return await GiveUpAsync(session, fault, cancellationToken);
            }
        }

        if (attempt.Channel.LoopCheck && session.Extensions.GetValueOrDefault("XLOOP") == LoopToken.Of(ourHost))
        {
            await session.QuitAsync(cancellationToken);
            return (All(attempt, RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Greeting, RoutingLoop, $"{target.Name} is this host", target.Name))), null);
        }

        enter(DeliveryPhase.Authentication);
        if (await ClientAuthentication.RunAsync(session, attempt.Channel, cancellationToken) is { } noAccess)
            return await GiveUpAsync(session, noAccess, cancellationToken);

        enter(DeliveryPhase.MailFrom);
        return await new SmtpTransaction(session, attempt).RunAsync(cancellationToken);
    }

    /// <summary>Null when TLS is on; else what the peer said instead.</summary>
    private static async Task<SmtpReply?> SecureAsync(SmtpClientSession session, TlsUse use, string localName, bool lmtp, CancellationToken cancellationToken)
    {
        if (!session.Extensions.ContainsKey("STARTTLS")) return new SmtpReply(454, "4.7.0", "STARTTLS is not offered");
        SmtpReply reply = await session.StartTlsAsync(verify: use == TlsUse.Must, cancellationToken);
        if (reply.Code != 220) return reply;
        SmtpReply hello = await session.GreetAsync(localName, lmtp, cancellationToken);
        if (hello.Code != 250) throw new SmtpPeerException($"the next hop refused EHLO inside TLS: {hello}");
        return null;
    }

    private static async Task<(ImmutableArray<RecipientOutcome>?, DeliveryFault?)> GiveUpAsync(
        SmtpClientSession session, DeliveryFault fault, CancellationToken cancellationToken)
    {
        await session.QuitAsync(cancellationToken);
        return (null, fault);
    }

    private static DeliveryFault Fault(DeliveryPhase phase, Exception e, NextHopTarget target)
    {
        EnhancedCode status = e switch
        {
            TlsPeerException => NeedsTls,
            SmtpPeerException { IsMalformed: true } => Malformed,
            _ => CannotConnect,
        };
        return new DeliveryFault(phase, status, e.Message, target.Name);
    }

    private static ImmutableArray<RecipientOutcome> All(DeliveryAttempt attempt, RecipientOutcome outcome) =>
        [.. attempt.Copy.Recipients.Select(_ => outcome)];
}
