using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>MAIL FROM: the sender must be routable in principle, then FROM_ACCESS is asked (Administration Guide 6.3, 18.3.3).</summary>
internal sealed class SenderCheck(ConfigurationSnapshot snapshot, Rewriter rewriter, AccessTables tables)
{
    private readonly ProbeField _field = new(snapshot.Options.MappingParanoia);

    public Decision Decide(SessionFacts facts, ReversePath sender)
    {
        Explanation explanation = Explanation.Empty;
        string address = sender.ToString();
        string? completed = null;
        if (sender.Mailbox is { } given)
        {
            Mailbox mailbox = WithRemoteHost(given, facts);
            RewriteResult rewritten = rewriter.Rewrite(mailbox, new RewriteContext(facts.Source.Current, Envelope: true, Forward: false));
            explanation = new Explanation(rewritten.Steps);
            if (rewritten is RewriteResult.Failure failure)
            {
                int code = failure.IsTransient ? 450 : 553;
                SmtpReply refusal = AccessReplies.About(code, failure.Status, failure.Text, sender.Given);
                return new Decision(failure.IsTransient ? Verdict.Defer : Verdict.Reject, refusal, explanation);
            }

            // Only a bare local part is changed: a full address goes back to its sender as it came.
            if (given is { Domain: null, Route.IsEmpty: true } && rewritten is RewriteResult.Success { Address: var full })
                completed = address = full.ToString();
        }

        if (!tables.Exists(AccessTables.From)) return Accept(explanation, AccessAnswer.Permit, completed);
        TableAnswer asked = tables.Ask(AccessTables.From, Probe(facts, address), RecipientProbes.Flags(facts))!;
        if (asked.Fault is not null) return new Decision(Verdict.Defer, AccessReplies.CannotTell, explanation.Add(asked.Step(decides: true)));
        AccessAnswer answer = asked.Answer;
        explanation = explanation.Add(asked.Step(decides: answer.Rejects));
        if (answer.Rejects)
            return new Decision(Verdict.Reject, AccessReplies.Sender(answer, sender.Given), explanation, answer.Delay, answer.DelayLater);
        if (answer.Doubt is not null) explanation = explanation.Add(new ExplanationStep.Note(answer.Doubt));
        return Accept(explanation, answer, Replacement(answer, sender, ref explanation) ?? completed);
    }

    /// <summary>A bare sender is a user of the host that the mail comes from (<c>remotehost</c>), as far as that host gave a name.</summary>
    private Mailbox WithRemoteHost(Mailbox sender, SessionFacts facts)
    {
        if (sender is not { Domain: null, Route.IsEmpty: true } || facts.HeloName is not { } host) return sender;
        if (snapshot.Channels.FindByName(facts.Source.Current) is not { RemoteHost: true, DefaultHost: null }) return sender;
        return ChannelTable.KeyOf(host) is null ? sender : sender with { Domain = HostText.Domain(host) };
    }

    private string Probe(SessionFacts facts, string address) => string.Join(
        '|',
        facts.Connection.PortInformation,
        _field.Of(facts.ApplicationInformation),
        "MAIL",
        facts.Source.Current.ToString(),
        _field.Of(address),
        _field.Of(facts.AuthenticatedUser ?? ""));

    /// <summary>A bounce must stay a bounce: <c>$J</c> never gives a null reverse-path a sender.</summary>
    private static string? Replacement(AccessAnswer answer, ReversePath sender, ref Explanation explanation)
    {
        if (answer.Sender is not { Length: > 0 } replacement) return null;
        if (!sender.IsNull && AddressParser.Parse(replacement, smtpUtf8: false) is AddressParse.Parsed) return replacement;
        explanation = explanation.Add(new ExplanationStep.Note(
            sender.IsNull ? "$J ignored: the null reverse-path keeps no sender" : $"$J ignored: \"{replacement}\" is no address"));
        return null;
    }

    private static Decision Accept(Explanation explanation, AccessAnswer answer, string? replacement) => new(
        answer.Discards ? Verdict.Discard : answer.Holds ? Verdict.Hold : Verdict.Accept,
        AccessReplies.SenderAccepted,
        explanation,
        answer.Delay,
        answer.DelayLater,
        AddedHeaders: answer.Header is { } header ? [header] : ImmutableArray<string>.Empty,
        SenderReplacement: replacement);
}
