using System.Buffers;
using System.Globalization;
using System.Text;
using Postern.Smtp.Framing;
using Postern.Smtp.Proxy;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Smtp.Tests.Transcripts;

/// <summary>Runs a transcript through framing and session: the session runner without sockets and clock.</summary>
internal sealed class Player
{
    private readonly ClientScript _client;
    private readonly ScriptedPolicy _policy;
    private readonly SessionTerms _terms;
    private readonly bool _implicitTls;
    private readonly LineReader _lines = new();
    private readonly List<string> _log = [];
    private ContentDecoder? _chunks;
    private ReadOnlySequence<byte> _buffer = ReadOnlySequence<byte>.Empty;

    private Player(Transcript transcript, Split split)
    {
        _client = new ClientScript(transcript.Dialogue, split);
        _policy = new ScriptedPolicy(transcript.Policy);
        _terms = transcript.Configuration.Aggregate(new SessionTerms("mx.example"), Configure);
        _implicitTls = transcript.Configuration.Contains("implicit-tls");
    }

    /// <returns>the dialogue as it went, in the form of the transcript.</returns>
    public static IReadOnlyList<string> Play(Transcript transcript, Split split)
    {
        Player player = new(transcript, split);
        player.Run();
        return player._log;
    }

    private static SessionTerms Configure(SessionTerms terms, string word) => word.Split('=') switch
    {
        ["tls"] => terms with { TlsOffered = true },
        ["tls-required"] => terms with { TlsOffered = true, TlsRequired = true },
        ["implicit-tls"] => terms,
        ["auth"] => terms with { AuthOffered = true },
        ["auth-required"] => terms with { AuthOffered = true, AuthRequired = true },
        ["auth-in-clear"] => terms with { AuthOffered = true, PlaintextNeedsTls = false },
        ["size", var n] => terms with { MaximumMessageSize = Number(n) },
        ["recipients", var n] => terms with { MaximumRecipients = Number(n) },
        ["bad-commands", var n] => terms with { BadCommandLimit = Number(n) },
        ["bad-auth", var n] => terms with { BadAuthenticationLimit = Number(n) },
        ["recipient-cutoff", var n] => terms with { RecipientCutoff = Number(n) },
        ["transactions", var n] => terms with { TransactionLimit = Number(n) },
        ["session-transactions", var n] => terms with { DisconnectTransactionLimit = Number(n) },
        ["session-recipients", var n] => terms with { DisconnectRecipientLimit = Number(n) },
        ["session-refusals", var n] => terms with { DisconnectRejectLimit = Number(n) },
        ["mechanisms", var list] => terms with { Mechanisms = list.Replace(',', ' ') },
        ["loop-token", var token] => terms with { LoopToken = token },
        ["xclient"] => terms with { Rights = terms.Rights | PeerRights.Client },
        ["xclient-login"] => terms with { Rights = terms.Rights | PeerRights.Client | PeerRights.Login },
        ["xforward"] => terms with { Rights = terms.Rights | PeerRights.Forward },
        ["verify"] => terms with { VerifiesAddresses = true },
        ["error-delay", var n] => terms with { ErrorDelay = TimeSpan.FromMilliseconds(Number(n)) },
        _ => throw new InvalidDataException($"unknown configuration \"{word}\""),
    };

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);

    private void Run()
    {
        SessionState state = SessionState.Initial;
        SessionEvent? happened = new SessionEvent.Opened(_terms, _implicitTls);
        while (happened is not null)
        {
            SessionStep step = SmtpSession.Step(state, happened);
            state = step.State;
            happened = step.Effect switch
            {
                SessionEffect.Send send => Send(send),
                SessionEffect.AwaitLine => ReadLine(inSasl: false),
                SessionEffect.DecideSender sender => new SessionEvent.SenderDecided(_policy.Sender(sender.Command.Path.ToString())),
                SessionEffect.DecideRecipient recipient => new SessionEvent.RecipientDecided(_policy.Recipient(recipient.Command.Path.ToString())),
                SessionEffect.ReadChunk chunk => ReadChunk(chunk, state.IsBinary),
                SessionEffect.SkipChunk chunk => TakeOctets(chunk.Size) is null ? null : new SessionEvent.ChunkFinished(chunk.IsLast, chunk.Refusal),
                SessionEffect.VerifyAddress verify => new SessionEvent.AddressVerified(_policy.Verification(verify.Address)),
                SessionEffect.ChangeClient change => Change(change.Client, state.Terms),
                SessionEffect.CheckPassword check => Authenticated(_policy.Password(check.User, check.Password), check.User, state.Terms),
                SessionEffect.CheckCertificate check => Authenticated(_policy.Certificate(check.Identity), check.Identity, state.Terms),
                SessionEffect.FindVerifier find => Find(find.User, state.Terms),
                SessionEffect.ConcludeAuthentication conclude => Authenticated(_policy.Proof(conclude.User, conclude.IsProved), conclude.User, state.Terms),
                _ => throw new InvalidOperationException(step.Effect.ToString()),
            };
        }
    }

    private SessionEvent Change(PeerAttributes client, SessionTerms terms) => _policy.Client(client.Address?.ToString() ?? "") is { } refusal
        ? new SessionEvent.ClientRefused(refusal)
        : new SessionEvent.ClientChanged(terms with { Rights = PeerRights.None, AuthOffered = terms.AuthOffered && client.Login is null }, client.Login is not null);

    private static SessionEvent.Authenticated Authenticated(AuthenticationOutcome outcome, string user, SessionTerms terms) =>
        new(outcome, user, outcome == AuthenticationOutcome.Accepted ? terms with { AuthOffered = false } : terms);

    private SessionEvent Find(string user, SessionTerms terms) => _policy.Verifier(user) is { } verifier
        ? new SessionEvent.VerifierFound(verifier, ScriptedPolicy.Nonce, ScriptedPolicy.Channel)
        : Authenticated(AuthenticationOutcome.Unavailable, user, terms);

    private SessionEvent? Send(SessionEffect.Send send)
    {
        if (send.Delay > TimeSpan.Zero) _log.Add($"S: (after {send.Delay.TotalMilliseconds} ms)");
        foreach (string line in Encoding.UTF8.GetString(send.Reply.ToBytes()).TrimEnd('\n').Split('\n')) _log.Add("S: " + line.TrimEnd('\r'));
        switch (send.Then)
        {
            case AfterReply.ReadContent:
                return ReadContent();
            case AfterReply.StartTls:
                _log.Add("S: (tls)");
                return new SessionEvent.TlsStarted(_terms);
            case AfterReply.Close:
                _log.Add("S: (closed)");
                return null;
            default:
                return ReadLine(send.Then == AfterReply.ReadSaslResponse);
        }
    }

    private SessionEvent? ReadLine(bool inSasl)
    {
        while (true)
        {
            if (_lines.TryRead(ref _buffer, inSasl ? LineReader.SaslLineLimit : LineReader.CommandLimit(_buffer), out LineResult line))
            {
                return line.Fault is { } fault
                    ? new SessionEvent.BadLine(fault)
                    : new SessionEvent.Line(line.Text.ToArray(), MoreBuffered: !_buffer.IsEmpty);
            }

            if (_client.TakeEvent() is { } due)
            {
                _log.Add(due);
                return due switch
                {
                    "E: timeout" => new SessionEvent.TimedOut(),
                    "E: stopping" => new SessionEvent.Stopping(),
                    _ => throw new InvalidDataException($"unknown event \"{due}\""),
                };
            }

            if (!Receive(inContent: false, inSasl)) return null;
        }
    }

    private SessionEvent.ContentFinished? ReadContent()
    {
        ContentDecoder decoder = new();
        while (true)
        {
            int taken = decoder.Decode(_buffer.ToArray(), new ArrayBufferWriter<byte>());
            _buffer = _buffer.Slice(taken);
            if (decoder.IsComplete) break;
            if (!Receive(inContent: true, inSasl: false)) return null;
        }

        if (decoder.HasFault) return new SessionEvent.ContentFinished(new SmtpReply(550, "5.6.0", decoder.FaultText));
        if (decoder.Length > _terms.MaximumMessageSize) return new SessionEvent.ContentFinished(new SmtpReply(552, "5.3.4", "message exceeds the size limit"));
        return new SessionEvent.ContentFinished(_policy.Content().Reply);
    }

    private SessionEvent.ChunkFinished? ReadChunk(SessionEffect.ReadChunk chunk, bool isBinary)
    {
        _chunks ??= new ContentDecoder(form: isBinary ? ContentForm.Binary : ContentForm.Chunked);
        if (TakeOctets(chunk.Size) is not { } octets) return null;
        _chunks.Decode(octets, new ArrayBufferWriter<byte>());
        if (chunk.IsLast) _chunks.Finish();
        SmtpReply reply = _chunks switch
        {
            { HasFault: true } => new SmtpReply(550, "5.6.0", _chunks.FaultText),
            _ when _chunks.Length > _terms.MaximumMessageSize => new SmtpReply(552, "5.3.4", "message exceeds the size limit"),
            _ when chunk.IsLast => _policy.Content().Reply,
            _ => new SmtpReply(250, "2.0.0", "chunk received"),
        };
        if (chunk.IsLast || !reply.IsPositive) _chunks = null;
        return new SessionEvent.ChunkFinished(chunk.IsLast, reply);
    }

    private byte[]? TakeOctets(long count)
    {
        while (_buffer.Length < count)
        {
            if (!Receive(inContent: false, inSasl: false)) return null;
        }

        byte[] octets = _buffer.Slice(0, count).ToArray();
        _buffer = _buffer.Slice(count);
        return octets;
    }

    private bool Receive(bool inContent, bool inSasl)
    {
        if (_client.TakePacket(inContent, inSasl) is not var (bytes, lines)) return false;
        _log.AddRange(lines);
        _buffer = new ReadOnlySequence<byte>([.. _buffer.ToArray(), .. bytes]);
        return true;
    }
}
