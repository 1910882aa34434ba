using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Server.Admission;
using Postern.Smtp.Commands;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>Decides the mail transactions of one session, one after the other: its sender, its recipients, its content.</summary>
/// <remarks>INVARIANT: a transaction is decided by the configuration that was current at its MAIL, to its end.</remarks>
internal sealed class SessionTransaction(ClientSession client)
{
    private const string ConnectionLost = "connection lost inside a message";

    private readonly List<AcceptedRecipient> _accepted = [];
    private AcceptedSender? _sender;

    /// <summary>Not null from the first octet of content on.</summary>
    private Submission? _submission;

    /// <summary>The session's source channel while MAIL FROM has put another one in its place; null otherwise.</summary>
    private SourceChannel? _sessionSource;

    /// <param name="heloName">what the client called itself.</param>
    /// <param name="extended">it did so with EHLO.</param>
    public async Task<SessionEvent> DecideAsync(MailCommand command, string? heloName, bool extended, CancellationToken cut) =>
        await VerifyAsync(await DecideSenderAsync(command, heloName, extended, cut), command, cut);

    /// <param name="commands">RCPT commands of the transaction, this one included.</param>
    public async ValueTask<SessionEvent?> DecideAsync(RcptCommand command, int commands, CancellationToken cut)
    {
        EnvelopeTerms terms = new(
            _sender!.Parameters.Size,
            command.Parameters.Notify,
            command.Parameters.OriginalRecipient,
            Recipients: _accepted.Sum(r => r.Decision.Recipients.Length),
            Commands: commands)
        {
            Tags = _sender.Decision.Tags,
        };
        Decision decision = await client.Services.Callouts.DecideAsync(
            answers => client.Policy.Recipient(client.Facts, _sender.EffectivePath, command.Path, terms: terms, answers: answers), cut);
        client.LogTexts(decision);
        if (decision.Verdict is Verdict.Reject or Verdict.Defer)
            return new SessionEvent.RecipientDecided(client.Decisions.Refuse(decision, _sender, _sender.EffectivePath, command.Path.Given));
        client.Decisions.Record(decision, _sender, _sender.EffectivePath, command.Path.Given);
        _accepted.Add(new AcceptedRecipient(command.Path, decision));
        return new SessionEvent.RecipientDecided(SessionDecisions.Answer(decision));
    }

    /// <summary>Takes the content up to its end and queues the message.</summary>
    /// <param name="maximumSize">octets.</param>
    /// <returns>null when the connection was lost.</returns>
    public async Task<SessionEvent?> ReceiveContentAsync(long maximumSize, CancellationToken cut)
    {
        if (client.Policy.ShowsName(client.Facts.Source)) await client.AskNameAsync(cut);
        SubmissionResult result = await Submission().ReceiveAsync(client.Transport.Input, maximumSize, cut);
        return Settle(result, isLast: true) ? new SessionEvent.ContentFinished(result.Reply!, result.Close) : null;
    }

    /// <summary>Takes one chunk, and queues the message behind the last one.</summary>
    /// <param name="maximumSize">octets.</param>
    /// <returns>null when the connection was lost.</returns>
    public async Task<SessionEvent?> ReceiveChunkAsync(SessionEffect.ReadChunk chunk, long maximumSize, CancellationToken cut)
    {
        if (chunk.IsLast && client.Policy.ShowsName(client.Facts.Source)) await client.AskNameAsync(cut);
        SubmissionResult result = await Submission().ReceiveChunkAsync(client.Transport.Input, chunk.Size, chunk.IsLast, maximumSize, cut);
        return Settle(result, chunk.IsLast) ? new SessionEvent.ChunkFinished(chunk.IsLast, result.Reply!, result.Close) : null;
    }

    /// <inheritdoc cref="ReceiveChunkAsync"/>
    public async Task<SessionEvent?> SkipChunkAsync(SessionEffect.SkipChunk chunk, CancellationToken cut)
    {
        switch (await new ContentInput(client.Transport.Input, client.Services.Time).SkipAsync(chunk.Size, cut))
        {
            case ContentEnd.Complete:
                return new SessionEvent.ChunkFinished(chunk.IsLast, chunk.Refusal);
            case ContentEnd.ConnectionLost:
                SessionLog.Closed(client.Services.Logger, client.Id, ConnectionLost);
                return null;
            default:
                return new SessionEvent.ChunkFinished(chunk.IsLast, ContentReplies.TooSlow, Close: true);
        }
    }

    /// <summary>The transaction is over, whatever became of it.</summary>
    public async ValueTask ForgetAsync()
    {
        if (_accepted.Count > 0) client.Records.Aborted(client.Facts, client.Policy.Snapshot, _sender!, _accepted);
        _sender = null;
        _accepted.Clear();
        if (_submission is not null) await _submission.DisposeAsync();
        _submission = null;
        if (_sessionSource is not { } source) return;
        client.Facts = client.Facts with { Source = source };
        _sessionSource = null;
    }

    private Submission Submission() =>
        _submission ??= new Submission(client.Services.Queue, client.Services.Time, client.Policy, client.Facts, _sender!, [.. _accepted]);

    /// <summary>Writes to the log what became of content, and wakes the delivery.</summary>
    /// <returns>false when the connection was lost.</returns>
    private bool Settle(SubmissionResult result, bool isLast)
    {
        if (result.Failure is { } failure) SessionLog.QueueFailed(client.Services.Logger, client.Id, failure);
        if (isLast || result.ConnectionLost) client.Records.Finished(client.Facts, client.Policy.Snapshot, _sender!, _accepted, result);
        if (result.ConnectionLost)
        {
            SessionLog.Closed(client.Services.Logger, client.Id, ConnectionLost);
            return false;
        }

        if (result.Id is { } id)
        {
            if (_accepted.SelectMany(a => a.Decision.Recipients).Any(r => client.Policy.Snapshot.Channels.FindByName(r.Channel)?.Logging != false))
                SessionLog.Queued(client.Services.Logger, client.Id, id.ToString(), _sender!.EffectivePath.ToString(), _accepted.Count, result.Size);
            client.Services.Enqueued();
        }

        if (isLast) _accepted.Clear();
        return true;
    }

    private async ValueTask<SessionEvent> DecideSenderAsync(MailCommand command, string? heloName, bool extended, CancellationToken cut)
    {
        await ForgetAsync();
        await client.RefreshPolicyAsync(cut);
        client.Facts = client.Facts with { HeloName = heloName, Extended = extended };
        await client.NoteIdentityAsync(cut);
        SourceChannel ofSender = await client.Services.Callouts.AskAsync(
            answers => client.Policy.SourceAtSender(client.Facts, command.Path, answers), static source => source.Pending, cut);
        if (!ReferenceEquals(ofSender, client.Facts.Source))
        {
            _sessionSource = client.Facts.Source;
            client.Switch(ofSender);
        }

        Decision decision = await client.Services.Callouts.DecideAsync(answers => client.Policy.Sender(client.Facts, command.Path, answers), cut);
        client.LogTexts(decision);
        if (decision.Verdict is Verdict.Reject or Verdict.Defer)
            return new SessionEvent.SenderDecided(client.Decisions.Refuse(decision, null, command.Path, null));
        client.Decisions.Record(decision, null, command.Path, null);
        if (!client.Services.Queue.HasRoom(command.Parameters.Size ?? 0)) return new SessionEvent.SenderDecided(new EnvelopeAnswer(ContentReplies.StorageFailed));
        _sender = new AcceptedSender(command.Path, command.Parameters, decision, client.Services.Time.GetUtcNow());
        return new SessionEvent.SenderDecided(SessionDecisions.Answer(decision));
    }

    /// <summary>An accepted sender whose domain DNS does not know is refused after all (<c>mailfromdnsverify</c>).</summary>
    private async Task<SessionEvent> VerifyAsync(SessionEvent decided, MailCommand command, CancellationToken cut)
    {
        if (decided is not SessionEvent.SenderDecided { Answer.Reply.IsPositive: true } || client.Services.Dns is not { } dns || client.Channel is not { MailFromDnsVerify: true }) return decided;
        Decision? refusal = await SenderDomainCheck.RefusalAsync(dns, command.Path, client.Policy.Snapshot.Options.BlockedMailFromAddresses, cut);
        if (refusal is null) return decided;
        await ForgetAsync();
        return new SessionEvent.SenderDecided(client.Decisions.Refuse(refusal, null, command.Path, null));
    }
}
