using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Dns;
using Postern.Server.Logs;
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
/// A host that knows our XLOOP token is ourselves: mail that would come back is returned (<c>loopcheck</c>). A connection that
/// the attempt before left is used again; whatever it does not take goes the way of a first message.
/// </remarks>
/// <param name="logger">told the dialogue on channels with <c>master_debug</c>.</param>
/// <param name="gate">asked before each connection; null: every address may be connected to.</param>
/// <param name="transactions">null: nothing is told of connections.</param>
public sealed class SmtpDelivery(INextHopResolver resolver, TimeProvider time, ILogger logger, AddressGate? gate = null, TransactionLog? transactions = null) : IDeliveryChannel
{
    private static readonly EnhancedCode CannotConnect = new(4, 4, 1);
    private static readonly EnhancedCode NeedsTls = new(4, 7, 4);
    private static readonly EnhancedCode BadHost = new(5, 1, 2);

    private readonly HopConnector _connector = new(time, logger, new HopRecords(transactions, time));
    private readonly MalformedReplies _malformed = new(logger);

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        if (await TryKeptAsync(attempt, cancellationToken) is { } sent) return sent;
        ChannelDefinition channel = attempt.Channel;
        NextHopRoute route = await ResolveAsync(attempt.Host, channel, cancellationToken);
        if (route is not NextHopRoute.Found { Targets: var targets })
        {
            NextHopRoute.Unroutable none = (NextHopRoute.Unroutable)route;
            return All(attempt, RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Routing, none.Status, none.Reason)));
        }

        List<DeliveryFault> faults = [];
        for (int i = 0; i < targets.Length; i++)
        {
            (ImmutableArray<RecipientOutcome>? outcomes, DeliveryFault? fault) = await TryAllowedAsync(attempt, targets, i, cancellationToken);
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
        for (int i = 0; i < targets.Length; i++)
        {
            if ((await TryAllowedAsync(attempt, targets, i, cancellationToken)).Outcomes is { } done) return done;
        }

        return null;
    }

    /// <summary>IP_ACCESS has the last word before a connection; what it lets no one connect to counts as a host that could not be connected to.</summary>
    private async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> TryAllowedAsync(
        DeliveryAttempt attempt, ImmutableArray<NextHopTarget> targets, int index, CancellationToken cancellationToken)
    {
        NextHopTarget target = targets[index];
        if (gate is null) return await TryWatchedAsync(attempt, target, cancellationToken);
        AddressAnswer answer = await gate.AskAsync(attempt.Channel, attempt.Copy.Envelope.Id.ToString(), target, index + 1, targets.Length, cancellationToken);
        return answer.Verdict switch
        {
            Verdict.Accept => await TryWatchedAsync(attempt, target with { Address = answer.Address }, cancellationToken),
            Verdict.Reject => (All(attempt, RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Routing, BadHost, "invalid host or domain"))), null),
            _ => (null, Barred(attempt, target)),
        };
    }

    private DeliveryFault Barred(DeliveryAttempt attempt, NextHopTarget target)
    {
        DeliveryFault fault = new(DeliveryPhase.Connect, CannotConnect, "the address may not be connected to", target.Name);
        _connector.Records.Missed(attempt, target, fault.Text);
        return fault;
    }

    private async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> TryWatchedAsync(
        DeliveryAttempt attempt, NextHopTarget target, CancellationToken cancellationToken)
    {
        (ImmutableArray<RecipientOutcome>? outcomes, DeliveryFault? fault) = await TryTargetAsync(attempt, target, cancellationToken);
        Watch(target, fault, outcomes ?? []);
        return (outcomes, fault);
    }

    private void Watch(NextHopTarget target, DeliveryFault? fault, ImmutableArray<RecipientOutcome> outcomes) =>
        _malformed.Watch(target.Name, fault ?? outcomes.OfType<RecipientOutcome.Deferred>().Select(o => o.Fault).FirstOrDefault(f => f.IsMalformed));

    private async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> TryTargetAsync(
        DeliveryAttempt attempt, NextHopTarget target, CancellationToken cancellationToken)
    {
        TlsUse tls = attempt.Channel.TlsTo(attempt.Host) == TlsUse.Must ? TlsUse.Must : attempt.Channel.TlsTo(target.Name);
        HopProgress progress = new();
        (ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault) result;
        try
        {
            result = await ConverseAsync(attempt, target, tls, progress, cancellationToken);
            if (tls == TlsUse.No && DemandsTls(result.Outcomes)) result = await ConverseAsync(attempt, target, TlsUse.May, progress, cancellationToken);
            return result;
        }
        catch (TlsPeerException) when (tls == TlsUse.May)
        {
            // Once more in the clear, in the same attempt: opportunistic TLS must not cost a delivery.
        }
        catch (Exception e) when (e is SmtpPeerException or TlsPeerException)
        {
            return (null, Fault(progress, e, target));
        }

        try
        {
            result = await ConverseAsync(attempt, target, TlsUse.No, progress, cancellationToken);
            return DemandsTls(result.Outcomes)
                ? (null, new DeliveryFault(DeliveryPhase.Tls, NeedsTls, $"{target.Name} demands TLS, and the handshake with it fails", target.Name) { Hop = progress.Session?.Facts })
                : result;
        }
        catch (SmtpPeerException e)
        {
            return (null, Fault(progress, e, target));
        }
    }

    /// <summary>One connection. Outcomes are null when this host does not want to talk; the next one may.</summary>
    private async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> ConverseAsync(
        DeliveryAttempt attempt, NextHopTarget target, TlsUse tls, HopProgress progress, CancellationToken cancellationToken)
    {
        (SmtpClientSession? session, DeliveryFault? fault) = await _connector.OpenAsync(attempt, target, tls, progress, cancellationToken);
        fault = fault is null ? null : fault with { Hop = progress.Session?.Facts };
        if (session is null) return fault is { Phase: DeliveryPhase.Routing } ? (All(attempt, RecipientOutcome.Of(fault)), null) : (null, fault);
        progress.Phase = DeliveryPhase.MailFrom;
        return await TransactAsync(session, attempt, cancellationToken);
    }

    /// <summary>Sends the message on the connection that the last one left; null when the host wants no more on it.</summary>
    private async Task<ImmutableArray<RecipientOutcome>?> TryKeptAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        if (attempt.Kept is not { } kept || await kept.TakeAsync(attempt) is not { } session) return null;
        session.Trace = _connector.Trace(attempt, session.Target);
        try
        {
            if (await session.BeginAsync(cancellationToken))
            {
                ImmutableArray<RecipientOutcome>? outcomes = (await TransactAsync(session, attempt, cancellationToken)).Outcomes;
                if (outcomes is { } told) Watch(session.Target, null, told);
                return outcomes;
            }

            await session.QuitAsync(cancellationToken);
        }
        catch (SmtpPeerException)
        {
            // Lost before MAIL was answered: the host may close what it likes between two messages.
        }

        await session.DisposeAsync();
        return null;
    }

    /// <summary>One transaction; the session is kept for the next one, or ended.</summary>
    private static async Task<(ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault)> TransactAsync(
        SmtpClientSession session, DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        bool isKept = false;
        try
        {
            (ImmutableArray<RecipientOutcome>? Outcomes, DeliveryFault? Fault) result = await new SmtpTransaction(session, attempt).RunAsync(cancellationToken);
            if (result.Fault is { } fault) result.Fault = fault with { Hop = session.Facts };
            result.Outcomes = result.Outcomes?.Select(o => o with { Hop = session.Facts }).ToImmutableArray();
            isKept = attempt.Kept is not null && session.TakesMore && result.Outcomes is { } outcomes && !DemandsTls(outcomes);
            if (isKept) attempt.Kept!.Keep(session, attempt);
            else await session.QuitAsync(cancellationToken);
            return result;
        }
        finally
        {
            if (!isKept) await session.DisposeAsync();
        }
    }

    /// <summary>MAIL was refused for want of TLS (RFC 3207 §4).</summary>
    private static bool DemandsTls(ImmutableArray<RecipientOutcome>? outcomes) =>
        outcomes is [RecipientOutcome.Failed { Fault: { Phase: DeliveryPhase.MailFrom, Reply: { } reply, Status: { Subject: 7 } status } }, ..]
        && (reply.StartsWith("530", StringComparison.Ordinal) || status.Detail == 10)
        && !reply.Contains("AUTH", StringComparison.OrdinalIgnoreCase);

    private static DeliveryFault Fault(HopProgress progress, Exception e, NextHopTarget target)
    {
        EnhancedCode status = e switch
        {
            TlsPeerException => NeedsTls,
            SmtpPeerException { IsMalformed: true } => DeliveryFault.Malformed,
            _ => CannotConnect,
        };
        return new DeliveryFault(progress.Phase, status, e.Message, target.Name) { Hop = progress.Session?.Facts };
    }

    private static ImmutableArray<RecipientOutcome> All(DeliveryAttempt attempt, RecipientOutcome outcome) =>
        [.. attempt.Copy.Recipients.Select(_ => outcome)];
}
