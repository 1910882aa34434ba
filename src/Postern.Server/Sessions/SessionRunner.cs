using System.Buffers;
using System.IO.Pipelines;
using System.Security.Authentication;
using System.Text;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Server.Admission;
using Postern.Server.Dns;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Smtp.Addresses;
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

    /// <summary>A session that is older ends before its next command.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>So many octets of replies are kept back at most while a pipelined group is answered.</summary>
    private const int UnflushedLimit = 8 * 1024;

    private static readonly SmtpReply EarlyTalker = new(503, "5.5.1", "wait for the greeting before sending commands");

    private readonly SessionServices _services;
    private readonly ClientTransport _transport;
    private readonly string _id;
    private readonly LineReader _lines = new();
    private readonly List<AcceptedRecipient> _accepted = [];
    private readonly CancellationToken _stopping;
    private readonly SessionRecords _records;
    private readonly long _started;

    private ClientConnection _connection;
    private bool _nameAsked;
    private MailPolicy _policy;
    private SessionFacts _facts;
    private SessionState _state = SessionState.Initial;
    private AcceptedSender? _sender;
    private Explanation? _admission;

    /// <summary>The session's source channel while MAIL FROM has put another one in its place; null otherwise.</summary>
    private SourceChannel? _sessionSource;

    /// <param name="stopping">the server is stopping: the session ends with 421 at its next idle moment.</param>
    public SessionRunner(SessionServices services, ClientTransport transport, ClientConnection connection, CancellationToken stopping)
    {
        _services = services;
        _transport = transport;
        _connection = connection;
        _stopping = stopping;
        _id = DecisionId.New();
        _records = new SessionRecords(services.Transactions, services.Time, _id);
        _started = services.Time.GetTimestamp();
        _policy = services.Configuration.Policy;
        _facts = new SessionFacts(connection, _policy.SourceAtConnect(connection));
    }

    /// <summary>The session begins as if this user had authenticated; null for a client.</summary>
    public string? PresumedUser { get; init; }

    /// <summary>Runs until the session is over; a client that hangs up is an ordinary end.</summary>
    /// <param name="implicitTls">the handshake comes before the greeting (RFC 8314).</param>
    /// <param name="cut">ends the session where it is.</param>
    /// <exception cref="IOException">the connection broke.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cut"/>, or the connection was aborted.</exception>
    public async Task RunAsync(bool implicitTls, CancellationToken cut)
    {
        Decision admission = await _services.Callouts.DecideAsync(answers => _policy.Connect(_connection, answers), cut);
        if (admission.Verdict != Verdict.Accept)
        {
            SessionLog.ConnectionRefused(_services.Logger, _connection.Client, _connection.Service, admission.Reply.ToString());
            _records.Rejected(_facts, _policy.Snapshot, admission);
            EnvelopeAnswer refusal = Numbered(admission, Record(admission, null, null));

            // Without a handshake there is no way to tell a client of an implicit TLS port anything.
            if (!implicitTls && !admission.Silent) await SayAndCloseAsync(refusal.Reply, refusal.Delay, cut);
            return;
        }

        _admission = admission.Explanation;

        if (_facts.Source.Pending is not null) _facts = _facts with { Source = await SourceAsync(_policy, cut) };
        if (_policy.NameMaySwitch(_connection, _facts.Source))
        {
            await AskNameAsync(cut);
            if (_connection.Name is not null) _facts = _facts with { Source = await SourceAsync(_policy, cut) };
        }

        if (implicitTls && !await UpgradeAsync(cut)) return;
        if (PresumedUser is { } user) _facts = _facts with { Source = _policy.SourceAfterAuthentication(_facts, user), AuthenticatedUser = user };
        SessionLog.Opened(_services.Logger, _id, _connection.Client, _connection.Service, _facts.Source.Current.ToString(), _facts.Source.Reason);
        _records.Opened(_facts, _policy.Snapshot);
        if (_transport.Input.TryRead(out ReadResult early))
        {
            // Nothing is consumed: an empty result is a client that hung up, which the first read will see again.
            _transport.Input.AdvanceTo(early.Buffer.Start);
            if (!early.Buffer.IsEmpty)
            {
                await SayAndCloseAsync(EarlyTalker, TimeSpan.Zero, cut);
                return;
            }
        }

        try
        {
            SessionEvent? next = new SessionEvent.Opened(Terms(), implicitTls, PresumedUser is not null);
            while (next is not null)
            {
                SessionStep step = SmtpSession.Step(_state, next);
                _records.Stepped(Known, _policy.Snapshot, _state, next, step);
                _state = step.State;
                if (_state.Transaction is null) ForgetTransaction();
                next = await PerformAsync(step.Effect, cut);
            }
        }
        finally
        {
            ForgetTransaction();
            _records.Closed(Known, _policy.Snapshot, "connection lost");
        }
    }

    private async Task SayAndCloseAsync(SmtpReply reply, TimeSpan delay, CancellationToken cut)
    {
        if (delay > TimeSpan.Zero && _services.ServesDelays) await Task.Delay(delay, _services.Time, cut);
        _transport.Output.Write(reply.ToBytes());
        await FlushAsync(cut);
        Closed(reply.ToString());
    }

    /// <summary>Does what the session asks; null when it is over.</summary>
    private async Task<SessionEvent?> PerformAsync(SessionEffect effect, CancellationToken cut) => effect switch
    {
        SessionEffect.Send send => await SendAsync(send, cut),
        SessionEffect.AwaitLine => await ReadLineAsync(LineReader.CommandLineLimit, cut),
        SessionEffect.DecideSender sender => await VerifyAsync(await DecideAsync(sender.Command, cut), sender.Command, cut),
        SessionEffect.DecideRecipient recipient => await DecideAsync(recipient.Command, cut),
        SessionEffect.VerifyAddress verify => new SessionEvent.AddressVerified((await _services.Callouts.DecideAsync(
            answers => _policy.Verify(_facts, verify.Address, answers), cut)).Reply),
        SessionEffect.CheckPassword check => await AuthenticateAsync(check, cut),
        _ => throw new InvalidOperationException($"unknown effect {effect.GetType().Name}"),
    };

    private async Task<SessionEvent?> SendAsync(SessionEffect.Send send, CancellationToken cut)
    {
        if (send.Delay > TimeSpan.Zero && _services.ServesDelays)
        {
            // The replies before this one are due now.
            await FlushAsync(cut);
            await Task.Delay(send.Delay, _services.Time, cut);
        }

        Trace($"S: {send.Reply}");
        _transport.Output.Write(send.Reply.ToBytes());
        switch (send.Then)
        {
            case AfterReply.ReadLine:
                return await ReadLineAsync(LineReader.CommandLineLimit, cut);
            case AfterReply.ReadSaslResponse:
                return await ReadLineAsync(LineReader.SaslLineLimit, cut);
            case AfterReply.ReadContent:
                await FlushAsync(cut);
                return await ReceiveContentAsync(cut);
            case AfterReply.StartTls:
                await FlushAsync(cut);
                return await UpgradeAsync(cut) ? new SessionEvent.TlsStarted(Terms()) : null;
            default:
                await FlushAsync(cut);
                Closed(send.Reply.ToString());
                return null;
        }
    }

    /// <summary>
    /// The next line. Replies are flushed only when nothing more is buffered, so that a pipelined group is answered
    /// with as few packets as it came in (RFC 2920). The time limit is for the whole line: octets that trickle in do not
    /// stretch it.
    /// </summary>
    private async Task<SessionEvent?> ReadLineAsync(int limit, CancellationToken cut)
    {
        PipeReader input = _transport.Input;
        CancellationTokenSource? timeout = null;
        try
        {
            if (_transport.Output is { CanGetUnflushedBytes: true, UnflushedBytes: > UnflushedLimit }) await FlushAsync(cut);
            while (true)
            {
                if (!input.TryRead(out ReadResult read))
                {
                    await FlushAsync(cut);
                    timeout ??= new CancellationTokenSource(LeftForLine(), _services.Time);
                    using CancellationTokenSource any = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cut, _stopping);
                    try
                    {
                        read = await input.ReadAsync(any.Token);
                    }
                    catch (OperationCanceledException) when (any.IsCancellationRequested && !cut.IsCancellationRequested)
                    {
                        return _stopping.IsCancellationRequested ? new SessionEvent.Stopping() : new SessionEvent.TimedOut();
                    }
                }

                ReadOnlySequence<byte> buffer = read.Buffer;
                if (_lines.TryRead(ref buffer, limit, out LineResult line))
                {
                    byte[] text = line.Text.ToArray();
                    bool more = !buffer.IsEmpty;
                    input.AdvanceTo(buffer.Start);
                    TraceLine(text, line.Fault, isSecret: limit == LineReader.SaslLineLimit);
                    return line.Fault is { } fault ? new SessionEvent.BadLine(fault) : new SessionEvent.Line(text, more);
                }

                input.AdvanceTo(buffer.Start, buffer.End);
                if (read.IsCompleted)
                {
                    await FlushAsync(cut);
                    Closed("client hung up");
                    return null;
                }
            }
        }
        finally
        {
            timeout?.Dispose();
        }
    }

    private TimeSpan LeftForLine()
    {
        TimeSpan left = Lifetime - _services.Time.GetElapsedTime(_started);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < CommandTimeout ? left : CommandTimeout;
    }

    /// <exception cref="IOException">the client takes no replies.</exception>
    private async Task FlushAsync(CancellationToken cut)
    {
        ValueTask<FlushResult> flush = _transport.Output.FlushAsync(cut);
        if (flush.IsCompletedSuccessfully) return;
        Task<FlushResult> pending = flush.AsTask();
        try
        {
            await pending.WaitAsync(CommandTimeout, _services.Time, cut);
        }
        catch (TimeoutException e)
        {
            _transport.Output.CancelPendingFlush();
            throw new IOException("the client does not take our replies", e);
        }
    }

    private async Task<bool> UpgradeAsync(CancellationToken cut)
    {
        if (_services.Tls.Current is not { } certificate)
        {
            SessionLog.TlsFailed(_services.Logger, _id, "there is no certificate");
            return false;
        }

        using CancellationTokenSource timeout = new(CommandTimeout, _services.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cut);
        try
        {
            await _transport.StartTlsAsync(certificate, either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            SessionLog.TlsFailed(_services.Logger, _id, e.Message);
            return false;
        }

        _facts = _facts with { Tls = _transport.TlsDescription, HeloName = null, Extended = false };
        SourceChannel overTls = _policy.SourceAfterTls(_facts);
        if (overTls.Current != _facts.Source.Current) SessionLog.Switched(_services.Logger, _id, overTls.Current.ToString(), overTls.Reason);
        _facts = _facts with { Source = overTls };
        return true;
    }

    private async ValueTask<SessionEvent> DecideAsync(MailCommand command, CancellationToken cut)
    {
        ForgetTransaction();
        await RefreshPolicyAsync(cut);
        _facts = _facts with { HeloName = _state.HeloName, Extended = _state.Extended };
        SourceChannel ofSender = await _services.Callouts.AskAsync(
            answers => _policy.SourceAtSender(_facts, command.Path, answers), static source => source.Pending, cut);
        if (!ReferenceEquals(ofSender, _facts.Source))
        {
            if (ofSender.Current != _facts.Source.Current) SessionLog.Switched(_services.Logger, _id, ofSender.Current.ToString(), ofSender.Reason);
            _sessionSource = _facts.Source;
            _facts = _facts with { Source = ofSender };
        }

        Decision decision = await _services.Callouts.DecideAsync(answers => _policy.Sender(_facts, command.Path, answers), cut);
        if (decision.Verdict is Verdict.Reject or Verdict.Defer)
            return new SessionEvent.SenderDecided(Refuse(decision, command.Path, null));
        Record(decision, command.Path, null);
        _sender = new AcceptedSender(command.Path, command.Parameters, decision, _services.Time.GetUtcNow());
        return new SessionEvent.SenderDecided(Answer(decision));
    }

    /// <summary>An accepted sender whose domain DNS does not know is refused after all (<c>mailfromdnsverify</c>).</summary>
    private async Task<SessionEvent> VerifyAsync(SessionEvent decided, MailCommand command, CancellationToken cut)
    {
        if (decided is not SessionEvent.SenderDecided { Answer.Reply.IsPositive: true } || _services.Dns is not { } dns || CurrentChannel is not { MailFromDnsVerify: true }) return decided;
        Decision? refusal = await SenderDomainCheck.RefusalAsync(dns, command.Path, _policy.Snapshot.Options.BlockedMailFromAddresses, cut);
        if (refusal is null) return decided;
        ForgetTransaction();
        return new SessionEvent.SenderDecided(Refuse(refusal, command.Path, null));
    }

    private async ValueTask<SessionEvent> DecideAsync(RcptCommand command, CancellationToken cut)
    {
        EnvelopeTerms terms = new(_sender!.Parameters.Size, Recipients: _accepted.Sum(r => r.Decision.Recipients.Length));
        Decision decision = await _services.Callouts.DecideAsync(
            answers => _policy.Recipient(_facts, _sender.EffectivePath, command.Path, terms: terms, answers: answers), cut);
        if (decision.Verdict is Verdict.Reject or Verdict.Defer)
            return new SessionEvent.RecipientDecided(Refuse(decision, _sender!.EffectivePath, command.Path.Given));
        Record(decision, _sender.EffectivePath, command.Path.Given);
        _accepted.Add(new AcceptedRecipient(command.Path, decision));
        return new SessionEvent.RecipientDecided(Answer(decision));
    }

    private EnvelopeAnswer Refuse(Decision decision, ReversePath path, string? recipient)
    {
        string id = Record(decision, path, recipient);
        string sender = path.ToString();
        _records.Refused(_facts, _policy.Snapshot, sender, recipient, decision);
        ExplanationStep.Probe? deciding = decision.Explanation.Deciding;
        SessionLog.Refused(
            _services.Logger, _id, decision.Verdict.ToString(), sender, recipient ?? "", decision.Reply.ToString(), id,
            deciding?.Table, deciding?.Entry?.Position.ToString(), deciding?.Input);
        return Numbered(decision, id);
    }

    /// <summary>Tells the decision log.</summary>
    /// <returns>the id under which the decision can be looked up.</returns>
    /// <param name="sender">as checks see it; null before MAIL.</param>
    private string Record(Decision decision, ReversePath? sender, string? recipient)
    {
        string id = DecisionId.New();
        ReversePath? given = recipient is null ? sender : _sender?.Path;
        _services.Decisions.Write(new DecisionRecord(id, _services.Time.GetUtcNow(), _policy.Snapshot.Version, _facts, given?.Given, recipient, decision)
        {
            EffectiveFrom = sender == given ? null : sender?.ToString(),
            Admission = _admission,
            Sender = recipient is null ? null : _sender?.Decision.Explanation,
        });
        return id;
    }

    private EnvelopeAnswer Numbered(Decision decision, string id)
    {
        EnvelopeAnswer answer = Answer(decision);
        return _policy.Snapshot.Options.ReplyId ? answer with { Reply = answer.Reply.WithSuffix($"[{id}]") } : answer;
    }

    private void Closed(string reason)
    {
        ForgetTransaction();
        SessionLog.Closed(_services.Logger, _id, reason);
        _records.Closed(Known, _policy.Snapshot, reason);
    }

    private static EnvelopeAnswer Answer(Decision decision) => new(decision.Reply, decision.Delay, decision.DelayLater);

    private async Task<SessionEvent> AuthenticateAsync(SessionEffect.CheckPassword check, CancellationToken cut)
    {
        (AuthenticationOutcome outcome, string? user) = await PasswordCheck.CheckAsync(_policy.Snapshot, _services.Directory, check.User, check.Password, cut);
        if (outcome == AuthenticationOutcome.Accepted)
        {
            _facts = _facts with { Source = _policy.SourceAfterAuthentication(_facts, user!), AuthenticatedUser = user };
            SessionLog.Authenticated(_services.Logger, _id, user, _facts.Source.Current.ToString());
            _records.Authenticated(Known, _policy.Snapshot, user, accepted: true);
        }
        else
        {
            SessionLog.AuthenticationFailed(_services.Logger, _id, PrintableText.Of(check.User), _connection.Client);
            _records.Authenticated(Known, _policy.Snapshot, PrintableText.Of(check.User), accepted: false);
        }

        return new SessionEvent.Authenticated(outcome, user, Terms());
    }

    private async Task<SessionEvent?> ReceiveContentAsync(CancellationToken cut)
    {
        if (_policy.ShowsName(_facts.Source)) await AskNameAsync(cut);
        Submission submission = new(_services.Queue, _services.Time, _policy, _facts, _sender!, [.. _accepted]);
        SubmissionResult result = await submission.ReceiveAsync(_transport.Input, _state.Terms.MaximumMessageSize, cut);
        if (result.Failure is { } failure) SessionLog.QueueFailed(_services.Logger, _id, failure);
        _records.Finished(_facts, _policy.Snapshot, _sender!, _accepted, result);
        if (result.ConnectionLost)
        {
            Closed("connection lost inside a message");
            return null;
        }

        if (result.Id is { } id)
        {
            if (_accepted.SelectMany(a => a.Decision.Recipients).Any(r => _policy.Snapshot.Channels.FindByName(r.Channel)?.Logging != false))
                SessionLog.Queued(_services.Logger, _id, id.ToString(), _sender!.EffectivePath.ToString(), _accepted.Count, result.Size);
            _services.Enqueued();
        }

        _accepted.Clear();
        return new SessionEvent.ContentFinished(result.Reply!, result.Close);
    }

    /// <summary>Asks DNS for the client's name, once; without an answer the client has none.</summary>
    private async Task AskNameAsync(CancellationToken cut)
    {
        if (_nameAsked || _services.Names is not { } names || _connection.Client is not { } client) return;
        _nameAsked = true;
        switch (await names.FindAsync(client, cut))
        {
            case DnsAnswer<ClientName>.Found { Records: [var name, ..] }:
                SessionLog.Named(_services.Logger, _id, name.ToString());
                _connection = _connection with { Name = name };
                _facts = _facts with { Connection = _connection };
                break;
            case DnsAnswer<ClientName>.Trouble trouble:
                SessionLog.NotNamed(_services.Logger, _id, client, trouble.Reason);
                break;
            default:
                break;
        }
    }

    /// <summary>A reload takes effect at the next MAIL: the source channel is derived anew from what is known of the client.</summary>
    private async ValueTask RefreshPolicyAsync(CancellationToken cut)
    {
        MailPolicy current = _services.Configuration.Policy;
        if (ReferenceEquals(current, _policy)) return;
        _policy = current;
        _facts = _facts with { Source = await SourceAsync(current, cut) };
        if (_facts.Tls is not null) _facts = _facts with { Source = current.SourceAfterTls(_facts) };
        if (_facts.AuthenticatedUser is { } user) _facts = _facts with { Source = current.SourceAfterAuthentication(_facts, user) };
    }

    private ValueTask<SourceChannel> SourceAsync(MailPolicy policy, CancellationToken cut) =>
        _services.Callouts.AskAsync(answers => policy.SourceAtConnect(_connection, answers), static source => source.Pending, cut);

    /// <summary>The facts with the name the client gave last; tables see it from MAIL on.</summary>
    private SessionFacts Known => _facts with { HeloName = _state.HeloName, Extended = _state.Extended };

    private SessionTerms Terms() =>
        _policy.Terms(_facts.Source, _facts.Tls, _facts.AuthenticatedUser, _services.Tls.Current is not null);

    private ChannelDefinition? CurrentChannel => _policy.Snapshot.Channels.FindByName(_facts.Source.Current);

    private void TraceLine(byte[] text, LineFault? fault, bool isSecret)
    {
        if (CurrentChannel is not { SlaveDebug: true }) return;
        string line = PrintableText.Of(Encoding.UTF8.GetString(text));
        string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        bool isAuth = words is [var verb, _, _] && verb.Equals("AUTH", StringComparison.OrdinalIgnoreCase);
        Trace($"C: {(fault is not null ? $"({fault})" : isSecret ? "..." : isAuth ? $"{words[0]} {words[1]} ..." : line)}");
    }

    /// <summary>The dialogue in the log, without content and passwords (<c>slave_debug</c>).</summary>
    private void Trace(string line)
    {
        if (CurrentChannel is { SlaveDebug: true }) SessionLog.Dialogue(_services.Logger, _id, line);
    }

    private void ForgetTransaction()
    {
        if (_accepted.Count > 0) _records.Aborted(_facts, _policy.Snapshot, _sender!, _accepted);
        _sender = null;
        _accepted.Clear();
        if (_sessionSource is not { } source) return;
        _facts = _facts with { Source = source };
        _sessionSource = null;
    }
}
