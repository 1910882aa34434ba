using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Dns;
using Postern.Smtp.Addresses;
using Postern.Smtp.Framing;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>Delivers by SMTP to the mail exchangers of a host, or to the smart host that the channel's <c>daemon</c> names.</summary>
public sealed class SmtpDelivery(INextHopResolver resolver, TimeProvider time) : IDeliveryChannel
{
    private static readonly EnhancedCode CannotConnect = new(4, 4, 1);
    private static readonly EnhancedCode NeedsEightBit = new(5, 6, 3);

    public async Task<ImmutableArray<RecipientOutcome>> DeliverAsync(DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        ChannelDefinition channel = attempt.Channel;
        bool smartHost = channel.Daemon is not null;
        NextHopRoute route = await resolver.ResolveAsync(
            attempt.Host, channel.Port, useMx: !smartHost && channel.UsesMx, allowOwnAddresses: smartHost, cancellationToken);
        if (route is NextHopRoute.Unroutable none)
            return All(attempt, RecipientOutcome.Of(new DeliveryFault(DeliveryPhase.Routing, none.Status, none.Reason)));

        DeliveryFault? last = null;
        foreach (NextHopTarget target in ((NextHopRoute.Found)route).Targets)
        {
            try
            {
                ImmutableArray<RecipientOutcome>? outcomes = await TryTargetAsync(attempt, target, cancellationToken);
                if (outcomes is { } done) return done;
                last = new DeliveryFault(DeliveryPhase.Greeting, CannotConnect, $"{target.Name} does not take mail now", target.Name);
            }
            catch (SmtpPeerException e)
            {
                last = new DeliveryFault(DeliveryPhase.Connect, CannotConnect, e.Message, target.Name);
            }
        }

        return All(attempt, new RecipientOutcome.Deferred(last!, HostFault: true));
    }

    /// <summary>Null: this target does not want to talk; the next one may.</summary>
    private async Task<ImmutableArray<RecipientOutcome>?> TryTargetAsync(
        DeliveryAttempt attempt, NextHopTarget target, CancellationToken cancellationToken)
    {
        SmtpClientSession session = await SmtpClientSession.ConnectAsync(target, time, cancellationToken);
        try
        {
            string localName = attempt.Snapshot.Channels.Local.OfficialHost;
            if (!(await session.ReadGreetingAsync(cancellationToken)).IsPositive) return null;
            if (!(await session.GreetAsync(localName, cancellationToken)).IsPositive) return null;
            if (attempt.Channel.TlsClient != TlsUse.No)
            {
                bool secure = await SecureAsync(session, attempt.Channel.TlsClient, localName, cancellationToken);
                if (!secure && attempt.Channel.TlsClient == TlsUse.Must)
                {
                    return All(attempt, new RecipientOutcome.Deferred(
                        new DeliveryFault(DeliveryPhase.Tls, new EnhancedCode(4, 7, 4), $"{target.Name} offers no usable TLS", target.Name), HostFault: true));
                }
            }

            ImmutableArray<RecipientOutcome> outcomes = await TransactionAsync(session, attempt, cancellationToken);
            await QuitAsync(session, cancellationToken);
            return outcomes;
        }
        finally
        {
            await session.DisposeAsync();
        }
    }

    private static async Task<bool> SecureAsync(SmtpClientSession session, TlsUse use, string localName, CancellationToken cancellationToken)
    {
        if (!session.Extensions.ContainsKey("STARTTLS")) return false;
        SmtpReply reply = await session.StartTlsAsync(verify: use == TlsUse.Must, cancellationToken);
        return reply.IsPositive && (await session.GreetAsync(localName, cancellationToken)).IsPositive;
    }

    private async Task<ImmutableArray<RecipientOutcome>> TransactionAsync(
        SmtpClientSession session, DeliveryAttempt attempt, CancellationToken cancellationToken)
    {
        string host = session.Target.Name;
        ImmutableArray<QueuedRecipient> recipients = attempt.Copy.Recipients;
        string parameters = "";
        if (session.Extensions.ContainsKey("SIZE")) parameters += $" SIZE={attempt.Copy.Size}";
        if (attempt.Copy.Envelope.Body == BodyType.EightBitMime)
        {
            if (!session.Extensions.ContainsKey("8BITMIME"))
                return All(attempt, new RecipientOutcome.Failed(new DeliveryFault(DeliveryPhase.MailFrom, NeedsEightBit, $"{host} does not take 8-bit mail", host)));
            parameters += " BODY=8BITMIME";
        }

        SmtpReply mail = await session.CommandAsync($"MAIL FROM:<{attempt.Copy.ReversePath}>{parameters}", cancellationToken);
        if (!mail.IsPositive) return All(attempt, RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.MailFrom, mail, host)));

        RecipientOutcome?[] outcomes = new RecipientOutcome?[recipients.Length];
        for (int i = 0; i < recipients.Length; i++)
        {
            string address = OutgoingAddress(recipients[i].Address, attempt.Channel.DequeueRemoveRoute);
            SmtpReply rcpt = await session.CommandAsync($"RCPT TO:<{address}>", cancellationToken);
            if (!rcpt.IsPositive) outcomes[i] = RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.RcptTo, rcpt, host));
        }

        if (outcomes.Any(o => o is null))
        {
            RecipientOutcome rest = await ContentAsync(session, attempt, host, cancellationToken);
            for (int i = 0; i < outcomes.Length; i++) outcomes[i] ??= rest;
        }

        return [.. outcomes.Select(o => o!)];
    }

    private static async Task<RecipientOutcome> ContentAsync(
        SmtpClientSession session, DeliveryAttempt attempt, string host, CancellationToken cancellationToken)
    {
        SmtpReply go = await session.CommandAsync("DATA", cancellationToken);
        if (go.Code != 354)
        {
            SmtpReply refused = go.IsPositive ? new SmtpReply(451, "4.5.0", $"unexpected answer {go.Code} to DATA") : go;
            return RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.Content, refused, host));
        }

        SmtpReply end = await session.SendContentAsync(
            async (stream, ct) =>
            {
                await using Stream message = await attempt.OpenMessage(ct);
                await DotStuffing.CopyAsync(message, stream, ct);
            },
            cancellationToken);
        return end.IsPositive
            ? new RecipientOutcome.Delivered($"{host}: {end}")
            : RecipientOutcome.Of(ReplyClassification.Fault(DeliveryPhase.Content, end, host));
    }

    private static async Task QuitAsync(SmtpClientSession session, CancellationToken cancellationToken)
    {
        try
        {
            await session.CommandAsync("QUIT", cancellationToken);
        }
        catch (SmtpPeerException)
        {
            // The results are known already; a peer that hangs up instead of answering QUIT changes none of them.
        }
    }

    /// <summary>The route has done its work once the next hop is chosen (<c>dequeueremoveroute</c>).</summary>
    private static string OutgoingAddress(string address, bool removeRoute) =>
        removeRoute && address.StartsWith('@') && AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }
            ? (mailbox with { Route = [] }).ToString()
            : address;

    private static ImmutableArray<RecipientOutcome> All(DeliveryAttempt attempt, RecipientOutcome outcome) =>
        [.. attempt.Copy.Recipients.Select(_ => outcome)];
}
