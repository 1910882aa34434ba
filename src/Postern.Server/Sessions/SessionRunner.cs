using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using Postern.Policy.Access;
using Postern.Server.Admission;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Smtp.Commands;
using Postern.Smtp.Framing;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>
/// Runs one SMTP session: the only loop with <c>await</c> around <see cref="SmtpSession.Step"/>. It reads events from the
/// transport, performs the effects, and asks the policy engine what the session may not know.
/// </summary>
/// <remarks>INVARIANT: a transaction is decided by the configuration that was current at its MAIL, to its end.</remarks>
public sealed class SessionRunner
{
    private static readonly TimeSpan CommandTimeout = TimeSpan.FromMinutes(5);

    private readonly SessionServices _services;
    private readonly ClientTransport _transport;
    private readonly ClientConnection _connection;
    private readonly string _id;
    private readonly LineReader _lines = new();
    private readonly List<AcceptedRecipient> _accepted = [];
    private readonly CancellationToken _stopping;

    private MailPolicy _policy;
    private SessionFacts _facts;
    private SessionState _state = SessionState.Initial;
    private AcceptedSender? _sender;
    private bool _stopSeen;

    /// <param name="stopping">the server is stopping: the session ends with 421 at its next idle moment.</param>
    public SessionRunner(SessionServices services, ClientTransport transport, ClientConnection connection, CancellationToken stopping)
    {
        _services = services;
        _transport = transport;
        _connection = connection;
        _stopping = stopping;
        _id = DecisionId.New();
        _policy = services.Configuration.Policy;
        _facts = new SessionFacts(connection, _policy.SourceAtConnect(connection));
    }

    /// <summary>Runs until the session is over; a broken connection is an ordinary end.</summary>
    /// <param name="implicitTls">the handshake comes before the greeting (RFC 8314).</param>
    public async Task RunAsync(bool implicitTls, CancellationToken aborted)
    {
        Decision admission = _policy.Connect(_connection);
        if (admission.Verdict != Verdict.Accept)
        {
            SessionLog.ConnectionRefused(_services.Logger, _connection.Client, _connection.Service, admission.Reply.ToString());
            await _transport.Output.WriteAsync(admission.Reply.ToBytes(), aborted);
            return;
        }

        if (implicitTls && !await UpgradeAsync(aborted)) return;
        SessionLog.Opened(_services.Logger, _id, _connection.Client, _connection.Service, _facts.Source.Current.ToString(), _facts.Source.Reason);
        SessionEvent next = new SessionEvent.Opened(Terms(), implicitTls);
        while (true)
        {
            SessionStep step = SmtpSession.Step(_state, next);
            _state = step.State;
            if (_state.Transaction is null) ForgetTransaction();
            SessionEvent? following = await PerformAsync(step.Effect, aborted);
            if (following is null) return;
            next = following;
        }
    }

    private async Task<SessionEvent?> PerformAsync(SessionEffect effect, CancellationToken aborted) => effect switch
    {
        SessionEffect.Send send => await SendAsync(send, aborted),
        SessionEffect.AwaitLine => await ReadLineAsync(sasl: false, aborted),
        SessionEffect.DecideSender sender => Decide(sender.Command),
        SessionEffect.DecideRecipient recipient => Decide(recipient.Command),
        SessionEffect.CheckPassword check => await AuthenticateAsync(check),
        _ => throw new InvalidOperationException($"unknown effect {effect.GetType().Name}"),
    };

    private async Task<SessionEvent?> SendAsync(SessionEffect.Send send, CancellationToken aborted)
    {
        if (send.Delay > TimeSpan.Zero)
        {
            await _transport.Output.FlushAsync(aborted);
            await Task.Delay(send.Delay, _services.Time, aborted);
        }

        _transport.Output.Write(send.Reply.ToBytes());
        switch (send.Then)
        {
            case AfterReply.ReadLine:
            case AfterReply.ReadSaslResponse:
                return await ReadLineAsync(send.Then == AfterReply.ReadSaslResponse, aborted);
            case AfterReply.ReadContent:
                await _transport.Output.FlushAsync(aborted);
                return await ReceiveContentAsync(aborted);
            case AfterReply.StartTls:
                await _transport.Output.FlushAsync(aborted);
                return await UpgradeAsync(aborted) ? new SessionEvent.TlsStarted(Terms()) : null;
            default:
                await _transport.Output.FlushAsync(aborted);
                SessionLog.Closed(_services.Logger, _id, send.Reply.ToString());
                return null;
        }
    }

    /// <summary>
    /// The next line. Replies are flushed only when nothing more is buffered, so that a pipelined group is answered
    /// with as few packets as it came in (RFC 2920).
    /// </summary>
    private async Task<SessionEvent?> ReadLineAsync(bool sasl, CancellationToken aborted)
    {
        PipeReader input = _transport.Input;
        int limit = sasl ? LineReader.SaslLineLimit : LineReader.CommandLineLimit;
        while (true)
        {
            bool isRead = input.TryRead(out ReadResult read);
            if (!isRead)
            {
                await _transport.Output.FlushAsync(aborted);
                SessionEvent? interrupted = null;
                (read, interrupted) = await WaitForInputAsync(input, aborted);
                if (interrupted is not null) return interrupted;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            if (_lines.TryRead(ref buffer, limit, out LineResult line))
            {
                byte[] text = line.Text.ToArray();
                bool more = !buffer.IsEmpty;
                input.AdvanceTo(buffer.Start);
                return line.Fault is { } fault ? new SessionEvent.BadLine(fault) : new SessionEvent.Line(text, more);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                SessionLog.Closed(_services.Logger, _id, "client hung up");
                return null;
            }
        }
    }

    private async Task<(ReadResult Read, SessionEvent? Interrupted)> WaitForInputAsync(PipeReader input, CancellationToken aborted)
    {
        if (_stopping.IsCancellationRequested && !_stopSeen)
        {
            _stopSeen = true;
            return (default, new SessionEvent.Stopping());
        }

        using CancellationTokenSource timeout = new(CommandTimeout, _services.Time);
        using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted, _stopSeen ? CancellationToken.None : _stopping);
        try
        {
            return (await input.ReadAsync(any.Token), null);
        }
        catch (OperationCanceledException) when (!aborted.IsCancellationRequested)
        {
            if (timeout.IsCancellationRequested) return (default, new SessionEvent.TimedOut());
            _stopSeen = true;
            return (default, new SessionEvent.Stopping());
        }
    }

    private async Task<bool> UpgradeAsync(CancellationToken aborted)
    {
        using CancellationTokenSource timeout = new(CommandTimeout, _services.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, aborted);
        try
        {
            await _transport.StartTlsAsync(_services.Certificate!, either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            SessionLog.TlsFailed(_services.Logger, _id, e.Message);
            return false;
        }

        _facts = _facts with { Tls = _transport.TlsDescription, HeloName = null, Extended = false };
        _facts = _facts with { Source = _policy.SourceAfterTls(_facts) };
        return true;
    }

    private SessionEvent.SenderDecided Decide(MailCommand command)
    {
        RefreshPolicy();
        _facts = _facts with { HeloName = _state.HeloName, Extended = _state.Extended };
        Decision decision = _policy.Sender(_facts, command.Path);
        ForgetTransaction();
        if (decision.Verdict is Verdict.Reject or Verdict.Defer)
            return new SessionEvent.SenderDecided(Refuse(decision, command.Path.ToString(), null));
        _sender = new AcceptedSender(command.Path, command.Parameters, decision, _services.Time.GetUtcNow());
        return new SessionEvent.SenderDecided(Answer(decision));
    }

    private SessionEvent.RecipientDecided Decide(RcptCommand command)
    {
        Decision decision = _policy.Recipient(_facts, _sender!.EffectivePath, command.Path);
        if (decision.Verdict is Verdict.Reject or Verdict.Defer)
            return new SessionEvent.RecipientDecided(Refuse(decision, _sender.EffectivePath.ToString(), command.Path.Given));
        _accepted.Add(new AcceptedRecipient(command.Path, decision));
        return new SessionEvent.RecipientDecided(Answer(decision));
    }

    private EnvelopeAnswer Refuse(Decision decision, string sender, string? recipient)
    {
        string id = DecisionId.New();
        ExplanationStep.Probe? deciding = decision.Explanation.Deciding;
        _services.Decisions.Write(new DecisionRecord(id, _services.Time.GetUtcNow(), _policy.Snapshot.Version, _facts, sender, recipient, decision));
        SessionLog.Refused(
            _services.Logger, _id, decision.Verdict.ToString(), sender, recipient ?? "", decision.Reply.ToString(), id,
            deciding?.Table, deciding?.Entry?.Position.ToString(), deciding?.Input);
        EnvelopeAnswer answer = Answer(decision);
        return _policy.Snapshot.Options.ReplyId ? answer with { Reply = answer.Reply.WithSuffix($"[{id}]") } : answer;
    }

    private static EnvelopeAnswer Answer(Decision decision) => new(decision.Reply, decision.Delay, decision.DelayLater);

    private async Task<SessionEvent> AuthenticateAsync(SessionEffect.CheckPassword check)
    {
        (AuthenticationOutcome outcome, string? user) = await PasswordCheck.CheckAsync(_policy.Snapshot, check.User, check.Password);
        if (outcome == AuthenticationOutcome.Accepted)
        {
            _facts = _facts with { Source = _policy.SourceAfterAuthentication(_facts, user!), AuthenticatedUser = user };
            SessionLog.Authenticated(_services.Logger, _id, user, _facts.Source.Current.ToString());
        }
        else
        {
            SessionLog.AuthenticationFailed(_services.Logger, _id, Printable(check.User), _connection.Client);
        }

        return new SessionEvent.Authenticated(outcome, user, Terms());
    }

    private async Task<SessionEvent?> ReceiveContentAsync(CancellationToken aborted)
    {
        Submission submission = new(_services.Queue, _services.Time, _policy, _facts, _sender!, [.. _accepted]);
        SubmissionResult result = await submission.ReceiveAsync(_transport.Input, _state.Terms.MaximumMessageSize, aborted);
        if (result.Failure is { } failure) SessionLog.QueueFailed(_services.Logger, _id, failure);
        if (result.ConnectionLost)
        {
            SessionLog.Closed(_services.Logger, _id, "connection lost inside a message");
            return null;
        }

        if (result.Id is { } id)
        {
            SessionLog.Queued(_services.Logger, _id, id.ToString(), _sender!.EffectivePath.ToString(), _accepted.Count, result.Size);
            _services.Enqueued();
        }

        return new SessionEvent.ContentFinished(result.Reply!);
    }

    /// <summary>A reload takes effect at the next MAIL: the source channel is derived anew from what is known of the client.</summary>
    private void RefreshPolicy()
    {
        MailPolicy current = _services.Configuration.Policy;
        if (ReferenceEquals(current, _policy)) return;
        _policy = current;
        _facts = _facts with { Source = current.SourceAtConnect(_connection) };
        if (_facts.Tls is not null) _facts = _facts with { Source = current.SourceAfterTls(_facts) };
        if (_facts.AuthenticatedUser is { } user) _facts = _facts with { Source = current.SourceAfterAuthentication(_facts, user) };
    }

    private SessionTerms Terms() =>
        _policy.Terms(_facts.Source, _facts.Tls, _facts.AuthenticatedUser, _services.Certificate is not null);

    private void ForgetTransaction()
    {
        _sender = null;
        _accepted.Clear();
    }

    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
