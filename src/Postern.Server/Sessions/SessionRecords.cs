using System.Globalization;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Admission;
using Postern.Server.Logs;
using Postern.Smtp.Proxy;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>What the transaction log is told of one session. Without a log nothing is.</summary>
/// <param name="session">its id.</param>
internal sealed class SessionRecords(TransactionLog? log, TimeProvider time, string session)
{
    private bool _isOpen;
    private int _badCommands;
    private ClientConnection? _connection;
    private string _transport = "";

    /// <summary>The client that the peer named for the transaction (XFORWARD); null when it named none.</summary>
    public PeerAttributes? Forwarded { get; set; }

    public void Opened(SessionFacts facts, ConfigurationSnapshot snapshot)
    {
        _isOpen = true;
        Connection('O', facts, snapshot, null);
    }

    /// <summary>Tells nothing of a connection that was never open.</summary>
    public void Closed(SessionFacts facts, ConfigurationSnapshot snapshot, string reason)
    {
        if (_isOpen) Connection('C', facts, snapshot, reason);
        _isOpen = false;
    }

    public void Rejected(SessionFacts facts, ConfigurationSnapshot snapshot, Decision decision) => log?.Write(About('X', facts, snapshot) with
    {
        Direction = "+",
        Diagnostic = decision.Reply.ToString(),
        Table = TableOf(decision),
    });

    /// <param name="user">the name the client gave, or the address that its password was checked for.</param>
    public void Authenticated(SessionFacts facts, ConfigurationSnapshot snapshot, string? user, string outcome) => log?.Write(About('U', facts, snapshot) with
    {
        Direction = "+",
        User = user,
        Diagnostic = outcome,
    });

    /// <summary>MAIL or RCPT was refused by policy.</summary>
    /// <param name="recipient">null for MAIL.</param>
    public void Refused(SessionFacts facts, ConfigurationSnapshot snapshot, string sender, string? recipient, Decision decision)
    {
        if (log is null || !Logs(facts.Source.Current, snapshot)) return;
        ExplanationStep.Rewrite? rewrite = recipient is null ? null : decision.Explanation.FirstRewrite;
        log?.Write(About('J', facts, snapshot) with
        {
            Destination = rewrite?.Channel ?? "",
            From = sender,
            OriginalTo = TransactionRecord.Typed(recipient ?? ""),
            To = rewrite?.Channel is null ? recipient ?? "" : rewrite.Address,
            Reason = decision.Reply.ToString(),
            Table = TableOf(decision),
        });
    }

    /// <summary>The content of a transaction was queued or refused.</summary>
    public void Finished(SessionFacts facts, ConfigurationSnapshot snapshot, AcceptedSender sender, IReadOnlyCollection<AcceptedRecipient> recipients, SubmissionResult result)
    {
        if (log is null) return;
        if (result.Id is { } id) Enqueued(facts, snapshot, sender, id, result, recipients);
        else if (result.Reply is { IsPositive: false } reply) Aborted('J', facts, snapshot, sender, recipients, reply.ToString(), result.Size);
    }

    /// <summary>A transaction ended without content, though recipients had been accepted.</summary>
    public void Aborted(SessionFacts facts, ConfigurationSnapshot snapshot, AcceptedSender sender, IReadOnlyCollection<AcceptedRecipient> recipients) =>
        Aborted('V', facts, snapshot, sender, recipients, null, 0);

    /// <summary>The client said something that is no command, or none that can be given there: the step counted a bad command.</summary>
    public void Stepped(SessionFacts facts, ConfigurationSnapshot snapshot, SessionState before, SessionEvent happened, SessionStep step)
    {
        if (log is null || happened is not SessionEvent.Line line || step.Effect is not SessionEffect.Send send) return;
        if (before.Phase != SessionPhase.Command || _badCommands++ >= log.MaximumBadCommands) return;
        string command = PrintableText.Of(Encoding.UTF8.GetString(line.Text.Span));

        // What stands behind AUTH may be a password.
        if (command.StartsWith("AUTH", StringComparison.OrdinalIgnoreCase)) command = "AUTH";
        log.Write(About('B', facts, snapshot) with { To = command, Diagnostic = send.Reply.ToString() });
    }

    private void Enqueued(
        SessionFacts facts, ConfigurationSnapshot snapshot, AcceptedSender sender, QueueId id, SubmissionResult result, IReadOnlyCollection<AcceptedRecipient> recipients)
    {
        Dictionary<string, AcceptedRecipient> origins = log!.Writes(LogFields.Intermediate) ? Origins(recipients) : [];
        foreach (NewCopy copy in result.Copies)
        {
            if (!Logs(new ChannelName(copy.Channel), snapshot)) continue;
            foreach (NewRecipient recipient in copy.Recipients.Where(r => r.Reached is null))
            {
                AcceptedRecipient? origin = origins.GetValueOrDefault(recipient.Address);
                log.Write(About('E', facts, snapshot) with
                {
                    Action = TransactionRecord.ActionOf('E', facts, sender.Parameters.SmtpUtf8),
                    Destination = copy.Channel,
                    Size = result.Size,
                    From = copy.ReversePath,
                    OriginalTo = TransactionRecord.Typed(recipient.OriginalRecipient ?? recipient.Address),
                    To = recipient.Address,
                    QueueId = id.ToString(),
                    MessageId = result.MessageId,
                    Priority = result.Priority,
                    Initial = origin?.Path.Given,
                    Intermediate = origin?.Decision.Explanation.FirstRewrite?.Address,
                    Notify = TransactionRecord.NotifyText(recipient.Notify),
                    Reason = copy.HoldReason,
                });
            }
        }
    }

    /// <summary>For each address that mail is queued for, the recipient of the client it came from: the first, as for the queue.</summary>
    private static Dictionary<string, AcceptedRecipient> Origins(IEnumerable<AcceptedRecipient> recipients)
    {
        Dictionary<string, AcceptedRecipient> origins = new(StringComparer.Ordinal);
        foreach (AcceptedRecipient accepted in recipients.Where(r => !r.Decision.Recipients.IsDefault))
        {
            foreach (ExpandedRecipient recipient in accepted.Decision.Recipients) origins.TryAdd(recipient.Address, accepted);
        }

        return origins;
    }

    private void Aborted(
        char letter, SessionFacts facts, ConfigurationSnapshot snapshot, AcceptedSender sender, IReadOnlyCollection<AcceptedRecipient> recipients, string? reason, long size)
    {
        if (log is null || !Logs(facts.Source.Current, snapshot)) return;
        foreach (AcceptedRecipient recipient in recipients)
        {
            log.Write(About(letter, facts, snapshot) with
            {
                Destination = recipient.Decision.Recipients is [var first, ..] ? first.Channel.ToString() : "",
                Size = size,
                From = sender.EffectivePath.CanonicalText,
                OriginalTo = TransactionRecord.Typed(recipient.Path.Given),
                To = recipient.Path.Mailbox.CanonicalText,
                Reason = reason,
            });
        }
    }

    /// <summary>Made once for all records of a client.</summary>
    private string TransportOf(ClientConnection connection)
    {
        if (ReferenceEquals(connection, _connection)) return _transport;
        _connection = connection;
        return _transport = connection.PortInformation;
    }

    private void Connection(char letter, SessionFacts facts, ConfigurationSnapshot snapshot, string? reason) =>
        log?.Write(About(letter, facts, snapshot) with { Direction = "+", Diagnostic = reason });

    private TransactionRecord About(char letter, SessionFacts facts, ConfigurationSnapshot snapshot) => new(time.GetUtcNow(), TransactionRecord.ActionOf(letter, facts))
    {
        Session = session,
        Generation = snapshot.Version,
        Source = facts.Source.Current.ToString(),
        User = facts.AuthenticatedUser,
        Tls = facts.Tls,
        Transport = TransportOf(facts.Connection),
        Application = facts.ApplicationInformation,
        Forwarded = Forwarded?.ToString(),
    };

    private static string? TableOf(Decision decision) => decision.Explanation.Deciding is { } deciding
        ? string.Create(CultureInfo.InvariantCulture, $"{deciding.Table}:{deciding.Entry?.Position.Line}")
        : null;

    private static bool Logs(ChannelName channel, ConfigurationSnapshot snapshot) => snapshot.Channels.FindByName(channel)?.Logging != false;
}
