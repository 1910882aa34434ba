using System.Collections.Immutable;
using System.Text;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>MAIL FROM: the sender must be routable in principle, then FROM_ACCESS is asked (Administration Guide 6.3, 18.3.3).</summary>
internal sealed class SenderCheck(ConfigurationSnapshot snapshot, Rewriter rewriter, AccessTables tables)
{
    private readonly ProbeField _field = new(snapshot.Options.MappingParanoia);

    public Decision Decide(SessionFacts facts, ReversePath sender, Inquiry inquiry)
    {
        Explanation explanation = Explanation.Empty;
        string address = sender.CanonicalText;
        string? completed = null;
        if (sender.Mailbox is { } mailbox)
        {
            RewriteContext context = new(facts.Source.Current, Envelope: true, Forward: false) { ClientHost = facts.HeloName };
            RewriteResult rewritten = rewriter.Rewrite(mailbox, context, inquiry);
            explanation = new Explanation(rewritten.Steps);
            if (rewritten is RewriteResult.Failure failure)
            {
                int code = failure.IsTransient ? 450 : 553;
                SmtpReply refusal = AccessReplies.About(code, failure.Status, failure.Text, sender.Given);
                return new Decision(failure.IsTransient ? Verdict.Defer : Verdict.Reject, refusal, explanation);
            }

            if (Qualification.Refusal(snapshot, facts, mailbox, ((RewriteResult.Success)rewritten).Address) is { } unqualified)
                return new Decision(Verdict.Reject, AccessReplies.About(553, Qualification.OfSender, unqualified, sender.Given), explanation);

            // Only a bare local part is changed: a full address goes back to its sender as it came.
            if (mailbox is { Domain: null, Route.IsEmpty: true } && rewritten is RewriteResult.Success { Address: var full })
                completed = address = full.CanonicalText;
        }

        if (!tables.Exists(AccessTables.From)) return Accept(explanation, AccessAnswer.Permit, completed);
        TableAnswer asked = tables.Ask(AccessTables.From, Probe(facts, address), RecipientProbes.Flags(facts), inquiry)!;
        if (asked.Fault is not null) return new Decision(Verdict.Defer, AccessReplies.CannotTell, explanation.Add(asked.Steps(decides: true)));
        AccessAnswer answer = asked.Answer;
        explanation = explanation.Add(asked.Steps(decides: answer.Rejects));
        explanation = explanation.Add(AnswerNotes.Of(answer));
        if (answer.Rejects)
        {
            SmtpReply reply = AccessReplies.Sender(answer, sender.Given);
            return new Decision(answer.RefusalVerdict, reply, explanation, answer.Delay, answer.DelayLater) { LogTexts = answer.LogTexts };
        }

        if (answer.HeaderSender is { } shown && AddressParser.Parse(shown, Takes(sender)) is not AddressParse.Parsed)
        {
            explanation = explanation.Add(new ExplanationStep.Note($"$K ignored: \"{shown}\" is no address"));
            answer = answer with { HeaderSender = null };
        }

        return Accept(explanation, answer, Replacement(answer, sender, ref explanation) ?? completed);
    }

    private string Probe(SessionFacts facts, string address) => string.Join(
        '|',
        facts.Connection.PortInformation,
        _field.Of(facts.ApplicationInformation),
        "MAIL",
        facts.Source.Current.ToString(),
        _field.Of(address),
        _field.Of(facts.AuthenticatedUser ?? ""));

    /// <summary>Whether an entry may answer with an internationalised address: where the client's own is one.</summary>
    private static bool Takes(ReversePath sender) => !Ascii.IsValid(sender.ToString());

    /// <summary>A bounce must stay a bounce: <c>$J</c> never gives a null reverse-path a sender.</summary>
    private static string? Replacement(AccessAnswer answer, ReversePath sender, ref Explanation explanation)
    {
        if (answer.Sender is not { Length: > 0 } replacement) return null;
        if (!sender.IsNull && AddressParser.Parse(replacement, Takes(sender)) is AddressParse.Parsed) return replacement;
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
        SenderReplacement: replacement)
    {
        HeaderSender = answer.HeaderSender,
        Tags = answer.Tags is { } tags ? ConversionTags.With([], tags) : [],
        LogTexts = answer.LogTexts,
    };
}
