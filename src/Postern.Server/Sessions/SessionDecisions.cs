using Postern.Policy.Access;
using Postern.Server.Admission;
using Postern.Server.Operations;
using Postern.Smtp.Addresses;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>Tells the logs of the decisions of one session, and gives refusals the id under which they can be looked up.</summary>
internal sealed class SessionDecisions(ClientSession client)
{
    /// <summary>How the connection was let in.</summary>
    public Explanation? Admission { get; set; }

    /// <summary>The connection was refused.</summary>
    public EnvelopeAnswer Refuse(Decision decision)
    {
        client.Records.Rejected(client.Facts, client.Policy.Snapshot, decision);
        return Numbered(decision, Record(decision, null, null, null));
    }

    /// <summary>AUTH_ACCESS lets the client not authenticate.</summary>
    /// <param name="user">as the client gave it, printable.</param>
    public EnvelopeAnswer RefuseAuthentication(Decision decision, string user)
    {
        client.Records.Authenticated(client.Facts, client.Policy.Snapshot, user, "refused");
        string id = Record(decision, null, null, null);
        Tell(decision, id, "", "");
        return Numbered(decision, id);
    }

    /// <summary>MAIL was refused, or RCPT.</summary>
    /// <param name="sender">the accepted one when RCPT was refused; null for MAIL.</param>
    /// <param name="path">as checks saw it.</param>
    public EnvelopeAnswer Refuse(Decision decision, AcceptedSender? sender, ReversePath path, string? recipient)
    {
        string id = Record(decision, sender, path, recipient);
        string from = path.ToString();
        client.Records.Refused(client.Facts, client.Policy.Snapshot, from, recipient, decision);
        Tell(decision, id, from, recipient ?? "");
        return Numbered(decision, id);
    }

    /// <summary>Tells the decision log.</summary>
    /// <param name="sender">the accepted one of a decision about a recipient; null otherwise.</param>
    /// <param name="path">as checks saw it; null before MAIL.</param>
    /// <returns>the id under which the decision can be looked up.</returns>
    public string Record(Decision decision, AcceptedSender? sender, ReversePath? path, string? recipient)
    {
        string id = DecisionId.New();
        ReversePath? given = sender is null ? path : sender.Path;
        client.Services.Decisions.Write(
            new DecisionRecord(id, client.Services.Time.GetUtcNow(), client.Policy.Snapshot.Version, client.Facts, given?.Given, recipient, decision)
            {
                EffectiveFrom = ReferenceEquals(path, given) || path == given ? null : path?.ToString(),
                Admission = Admission,
                Sender = sender?.Decision.Explanation,
            });
        return id;
    }

    public static EnvelopeAnswer Answer(Decision decision) => new(decision.Reply, decision.Delay, decision.DelayLater);

    /// <summary>Both logs have it; the server's own output would only be flooded by whoever tries to relay.</summary>
    private void Tell(Decision decision, string id, string sender, string recipient)
    {
        if (!client.Services.Logger.IsEnabled(LogLevel.Debug)) return;
        ExplanationStep.Probe? deciding = decision.Explanation.Deciding;
        SessionLog.Refused(
            client.Services.Logger, client.Id, decision.Verdict.ToString(), sender, recipient, decision.Reply.ToString(), id,
            deciding?.Table, deciding?.Entry?.Position.ToString(), deciding?.Input);
    }

    private EnvelopeAnswer Numbered(Decision decision, string id)
    {
        EnvelopeAnswer answer = Answer(decision);
        return client.Policy.Snapshot.Options.ReplyId ? answer with { Reply = answer.Reply.WithSuffix($"[{id}]") } : answer;
    }
}
