using System.Net;
using Postern.Server.Dns;
using Postern.Server.Logs;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// What the transaction log is told of connections to next hops: <c>O</c> opened, <c>C</c> closed and why, <c>Y</c> none came about. A
/// connection has one of the first two each, whatever number of messages goes out on it. Channels with <c>nologging</c> tell nothing.
/// </summary>
/// <param name="log">null: nothing is told.</param>
internal sealed class HopRecords(TransactionLog? log, TimeProvider time)
{
    public void Opened(DeliveryAttempt attempt, SmtpClientSession session)
    {
        if (!IsTold(attempt)) return;
        log!.Write(About("O", attempt, session.Target, session.Facts));
        session.Closed = reason => log.Write(About($"C{session.Facts.Modifiers}", attempt, session.Target, session.Facts) with { Diagnostic = reason });
    }

    public void Missed(DeliveryAttempt attempt, NextHopTarget target, string why)
    {
        if (!IsTold(attempt)) return;
        log!.Write(About("Y", attempt, target, null) with { Diagnostic = why });
    }

    private bool IsTold(DeliveryAttempt attempt) => log is not null && attempt.Channel.Logging;

    private TransactionRecord About(string action, DeliveryAttempt attempt, NextHopTarget target, HopFacts? facts) => new(time.GetUtcNow(), action)
    {
        Direction = "-",
        Session = facts?.Session,
        Generation = attempt.Snapshot.Version,
        Source = attempt.Channel.Name.ToString(),
        Remote = target.SocketFile ?? target.Name,
        Transport = facts?.Transport ?? (target.SocketFile is null ? HopFacts.TransportOf(null, new IPEndPoint(target.Address, target.Port)) : null),
        Application = facts?.Application,
        Tls = facts?.Tls,
    };
}
