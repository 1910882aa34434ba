using System.IO.Pipelines;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text;
using Postern.Policy.Access;
using Postern.Server.Listening;
using Postern.Smtp.Framing;
using Postern.Smtp.Proxy;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>
/// Runs one SMTP session: the only loop with <c>await</c> around <see cref="SmtpSession.Step"/>. It reads events from the
/// transport, performs the effects, and asks the policy engine what the session may not know.
/// </summary>
public sealed class SessionRunner
{
    private readonly SessionServices _services;
    private readonly ClientTransport _transport;
    private readonly ClientSession _client;
    private readonly SessionLines _lines;
    private readonly SessionTls _tls;
    private readonly SessionAuthentication _authentication;
    private readonly SessionTransaction _transaction;
    private SessionState _state = SessionState.Initial;

    /// <param name="stopping">the server is stopping: the session ends with 421 at its next idle moment.</param>
    public SessionRunner(SessionServices services, ClientTransport transport, ClientConnection connection, CancellationToken stopping)
    {
        _services = services;
        _transport = transport;
        _client = new ClientSession(services, transport, connection);
        _lines = SessionLines.Of(transport, services.Time, stopping);
        _tls = new SessionTls(_client);
        _authentication = new SessionAuthentication(_client);
        _transaction = new SessionTransaction(_client);
    }

    /// <summary>The session begins as if this user had authenticated; null for a client.</summary>
    public string? PresumedUser { get; init; }

    /// <summary>Counts the connection under another address; the answer is a refusal when that one has too many. Null: nobody counts.</summary>
    public Func<IPAddress, SmtpReply?>? MoveTo { get; init; }

    /// <summary>Runs until the session is over; a client that hangs up is an ordinary end.</summary>
    /// <param name="implicitTls">the handshake comes before the greeting (RFC 8314).</param>
    /// <param name="cut">ends the session where it is.</param>
    /// <exception cref="IOException">the connection broke.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cut"/>, or the connection was aborted.</exception>
    public async Task RunAsync(bool implicitTls, CancellationToken cut)
    {
        using SessionLines lines = _lines;
        if (await AdmitAsync(cut) is var (refusal, isSilent))
        {
            // Without a handshake there is no way to tell a client of an implicit TLS port anything.
            if (!implicitTls && !isSilent) await SayAndCloseAsync(refusal.Reply, refusal.Delay, cut);
            return;
        }

        if (implicitTls && !await _tls.StartAsync(cut)) return;
        if (PresumedUser is { } user) _client.Facts = _client.Facts with { Source = _client.Policy.SourceAfterAuthentication(_client.Facts, user), AuthenticatedUser = user };
        Opened();
        if (await TalksEarlyAsync(cut))
        {
            await SayAndCloseAsync(ConnectionReplies.EarlyTalker, TimeSpan.Zero, cut);
            return;
        }

        try
        {
            await ConverseAsync(new SessionEvent.Opened(_client.Terms(), implicitTls, PresumedUser is not null), cut);
        }
        finally
        {
            await _transaction.ForgetAsync();
            _client.Records.Closed(Known, _client.Policy.Snapshot, "connection lost");
        }
    }

    /// <summary>Asks PORT_ACCESS about the client, and chooses its channel.</summary>
    /// <returns>null when it is admitted.</returns>
    private async Task<(EnvelopeAnswer Refusal, bool IsSilent)?> AdmitAsync(CancellationToken cut)
    {
        ClientConnection connection = _client.Connection;
        Decision admission = await _services.Callouts.DecideAsync(answers => _client.Policy.Connect(connection, answers), cut);
        _client.LogTexts(admission);
        if (admission.Verdict != Verdict.Accept)
        {
            SessionLog.ConnectionRefused(_services.Logger, connection.Client, connection.Service, admission.Reply.ToString());
            return (_client.Decisions.Refuse(admission), admission.Silent);
        }

        _client.Decisions.Admission = admission.Explanation;
        if (_client.Facts.Source.Pending is not null) await _client.DeriveSourceAsync(cut);
        if (!_client.Policy.NameMaySwitch(connection, _client.Facts.Source)) return null;
        await _client.AskNameAsync(cut);
        if (_client.Connection.Name is not null) await _client.DeriveSourceAsync(cut);
        return null;
    }

    /// <summary>The peer speaks for another client (XCLIENT), which has to pass the door like any.</summary>
    private async Task<SessionEvent?> ChangeClientAsync(PeerAttributes client, CancellationToken cut)
    {
        ClientConnection peer = _client.Connection;
        _client.Records.Closed(Known, _client.Policy.Snapshot, "XCLIENT");
        _client.Become(peer.SpeakingFor(client.Address, client.Port ?? 0));
        ClientConnection claimed = _client.Connection;
        SessionLog.Claimed(_services.Logger, _client.Id, peer.Client, claimed.IsProxy ? "itself" : $"{claimed.Client}:{claimed.ClientPort}", PrintableText.Of(client.Login ?? "nobody"));
        if (!claimed.IsProxy && MoveTo?.Invoke(claimed.Client!) is { } tooMany)
        {
            SessionLog.ConnectionRefused(_services.Logger, claimed.Client, claimed.Service, tooMany.Lines[0]);
            return new SessionEvent.ClientRefused(new EnvelopeAnswer(tooMany));
        }

        if (await AdmitAsync(cut) is var (refusal, isSilent))
        {
            if (!isSilent) return new SessionEvent.ClientRefused(refusal);
            await ClosedAsync(refusal.Reply.ToString());
            return null;
        }

        if (_client.Facts.Tls is not null) _client.Facts = _client.Facts with { Source = _client.Policy.SourceAfterTls(_client.Facts) };
        if (client.Login is { } user) await _client.AuthenticateAsync(user, cut);
        Opened();
        return new SessionEvent.ClientChanged(_client.Terms(), client.Login is not null);
    }

    private void Opened()
    {
        ClientConnection connection = _client.Connection;
        SessionLog.Opened(_services.Logger, _client.Id, connection.Client, connection.Service, _client.Facts.Source.Current.ToString(), _client.Facts.Source.Reason);
        _client.Records.Opened(_client.Facts, _client.Policy.Snapshot);
    }

    /// <summary>Whether the client speaks before it is greeted, as programs do that do not listen (RFC 5321 §4.3.1).</summary>
    private async ValueTask<bool> TalksEarlyAsync(CancellationToken cut)
    {
        TimeSpan delay = _client.Policy.Snapshot.Channels.FindByName(_client.Facts.Source.Initial)?.BannerDelay ?? TimeSpan.Zero;
        if (!_transport.Input.TryRead(out ReadResult early))
        {
            if (delay == TimeSpan.Zero || !_services.ServesDelays) return false;
            using CancellationTokenSource silence = new(delay, _services.Time);
            using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(silence.Token, cut);
            try
            {
                early = await _transport.Input.ReadAsync(either.Token);
            }
            catch (OperationCanceledException) when (silence.IsCancellationRequested && !cut.IsCancellationRequested)
            {
                return false;
            }
        }

        // Nothing is consumed: an empty result is a client that hung up, which the first read will see again.
        _transport.Input.AdvanceTo(early.Buffer.Start);
        return !early.Buffer.IsEmpty;
    }

    private async Task ConverseAsync(SessionEvent? next, CancellationToken cut)
    {
        while (next is not null)
        {
            SessionStep step = SmtpSession.Step(_state, next);
            if (step.State.BadCommands > _state.BadCommands) _client.Records.Stepped(Known, _client.Policy.Snapshot, _state, next, step);
            _state = step.State;
            _client.Records.Forwarded = _state.Forwarded;
            if (_state.Transaction is null) await _transaction.ForgetAsync();
            next = await PerformAsync(step.Effect, cut);
        }
    }

    private async Task SayAndCloseAsync(SmtpReply reply, TimeSpan delay, CancellationToken cut)
    {
        if (delay > TimeSpan.Zero && _services.ServesDelays) await Task.Delay(delay, _services.Time, cut);
        _lines.Write(reply);
        await _lines.FlushAsync(cut);
        await ClosedAsync(reply.ToString());
    }

    /// <summary>Does what the session asks; null when it is over.</summary>
    /// <remarks>What most commands come to, the first three, takes no memory unless there is something to wait for.</remarks>
    private ValueTask<SessionEvent?> PerformAsync(SessionEffect effect, CancellationToken cut)
    {
        switch (effect)
        {
            case SessionEffect.Send { Then: AfterReply.ReadLine, Delay.Ticks: 0 } send:
                Say(send.Reply);
                return ReadLineAsync(LineReader.CommandLineLimit, cut);
            case SessionEffect.DecideRecipient recipient:
                return _transaction.DecideAsync(recipient.Command, _state.Transaction?.PresentedRecipients ?? 1, cut);
            case SessionEffect.AwaitLine:
                return ReadLineAsync(LineReader.CommandLineLimit, cut);
            default:
                return PerformOtherAsync(effect, cut);
        }
    }

    private async ValueTask<SessionEvent?> PerformOtherAsync(SessionEffect effect, CancellationToken cut) => effect switch
    {
        SessionEffect.Send send => await SendAsync(send, cut),
        SessionEffect.DecideSender sender => await _transaction.DecideAsync(sender.Command, _state.HeloName, _state.Extended, cut),
        SessionEffect.ReadChunk or SessionEffect.SkipChunk => await ReceiveChunkAsync(effect, cut),
        SessionEffect.VerifyAddress verify => new SessionEvent.AddressVerified((await _services.Callouts.DecideAsync(
            answers => _client.Policy.Verify(_client.Facts, verify.Address, verify.SmtpUtf8, answers), cut)).Reply),
        SessionEffect.ChangeClient change => await ChangeClientAsync(change.Client, cut),
        SessionEffect.CheckPassword or SessionEffect.CheckCertificate or SessionEffect.FindVerifier or SessionEffect.ConcludeAuthentication =>
            await _authentication.AnswerAsync(effect, _state.HeloName, _state.Extended, cut),
        _ => throw new InvalidOperationException($"unknown effect {effect.GetType().Name}"),
    };

    private async Task<SessionEvent?> ReceiveChunkAsync(SessionEffect effect, CancellationToken cut)
    {
        // A client may wait for the replies to its pipelined commands before it goes on with the chunk.
        await _lines.FlushAsync(cut);
        return effect is SessionEffect.ReadChunk read
            ? await _transaction.ReceiveChunkAsync(read, _state.Terms.MaximumMessageSize, cut)
            : await _transaction.SkipChunkAsync((SessionEffect.SkipChunk)effect, cut);
    }

    private async Task<SessionEvent?> SendAsync(SessionEffect.Send send, CancellationToken cut)
    {
        if (send.Delay > TimeSpan.Zero && _services.ServesDelays)
        {
            // The replies before this one are due now.
            await _lines.FlushAsync(cut);
            await Task.Delay(send.Delay, _services.Time, cut);
        }

        Say(send.Reply, isSecret: send.Then == AfterReply.ReadSaslResponse);
        switch (send.Then)
        {
            case AfterReply.ReadLine:
                return await ReadLineAsync(LineReader.CommandLineLimit, cut);
            case AfterReply.ReadSaslResponse:
                return await ReadLineAsync(LineReader.SaslLineLimit, cut);
            case AfterReply.ReadContent:
                await _lines.FlushAsync(cut);
                return await _transaction.ReceiveContentAsync(_state.Terms.MaximumMessageSize, cut);
            case AfterReply.StartTls:
                await _lines.FlushAsync(cut);
                return await _tls.StartAsync(cut) ? new SessionEvent.TlsStarted(_client.Terms()) : null;
            default:
                await _lines.FlushAsync(cut);
                await ClosedAsync(send.Reply.ToString());
                return null;
        }
    }

    private ValueTask<SessionEvent?> ReadLineAsync(int limit, CancellationToken cut)
    {
        ValueTask<SessionEvent?> read = _lines.ReadAsync(limit, cut);
        if (!read.IsCompletedSuccessfully) return AwaitLineAsync(read, limit);
        return read.Result is { } line ? ValueTask.FromResult<SessionEvent?>(Traced(line, limit)) : HungUpAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SessionEvent?> AwaitLineAsync(ValueTask<SessionEvent?> read, int limit) =>
        await read is { } line ? Traced(line, limit) : await HungUpAsync();

    private async ValueTask<SessionEvent?> HungUpAsync()
    {
        await ClosedAsync("client hung up");
        return null;
    }

    private SessionEvent Traced(SessionEvent read, int limit)
    {
        if (_client.Channel is not { SlaveDebug: true }) return read;
        if (read is SessionEvent.Line line) TraceLine(line.Text, isSecret: limit == LineReader.SaslLineLimit);
        else if (read is SessionEvent.BadLine bad) Trace($"C: ({bad.Fault})");
        return read;
    }

    /// <summary>The facts with the name the client gave last; tables see it from MAIL on.</summary>
    private SessionFacts Known => _client.Facts with { HeloName = _state.HeloName, Extended = _state.Extended };

    private async ValueTask ClosedAsync(string reason)
    {
        await _transaction.ForgetAsync();
        SessionLog.Closed(_services.Logger, _client.Id, reason);
        _client.Records.Closed(Known, _client.Policy.Snapshot, reason);
    }

    /// <param name="isSecret">what SCRAM says is enough to try passwords on.</param>
    private void Say(SmtpReply reply, bool isSecret = false)
    {
        if (_client.Channel is { SlaveDebug: true }) Trace(isSecret ? "S: 334 ..." : $"S: {reply}");
        _lines.Write(reply);
    }

    private void TraceLine(ReadOnlyMemory<byte> text, bool isSecret)
    {
        string line = PrintableText.Of(Encoding.UTF8.GetString(text.Span));
        string[] words = line.Split(' ', 3, StringSplitOptions.RemoveEmptyEntries);
        bool isAuth = words is [var verb, _, _] && verb.Equals("AUTH", StringComparison.OrdinalIgnoreCase);
        Trace($"C: {(isSecret ? "..." : isAuth ? $"{words[0]} {words[1]} ..." : line)}");
    }

    /// <summary>The dialogue in the log, without content and passwords (<c>slave_debug</c>).</summary>
    private void Trace(string line) => SessionLog.Dialogue(_services.Logger, _client.Id, line);
}
