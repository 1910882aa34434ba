using System.Collections.Immutable;
using Postern.Policy.Aliases;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>
/// RCPT TO, in the order that makes relay blocking work (Technical Reference, "Blocking SMTP relaying"): the address is
/// rewritten; the ORIG_ tables see the destination it names; only then it is expanded, and SEND_ACCESS and MAIL_ACCESS
/// see each address it became. So a stranger may write to a list with members outside, but not to those members.
/// </summary>
/// <remarks>
/// All tables that exist are asked; the first that rejects decides the text, the longest delay is served. Members that
/// SEND_ACCESS or MAIL_ACCESS refuse are dropped as long as another one is left.
/// </remarks>
internal sealed class RecipientCheck(ConfigurationSnapshot snapshot, Rewriter rewriter, AccessTables tables, AddressReversal reversal)
{
    private readonly RecipientProbes _probes = new(snapshot.Options);
    private readonly AccessReplies _replies = new(snapshot.Options.AccessErrors);
    private readonly Expansion _expansion = new(snapshot, rewriter, tables);

    /// <param name="alreadyChecked">a recipient that a client named and that comes back from the queue: the ORIG_ tables have been asked.</param>
    public Decision Decide(SessionFacts facts, ReversePath sender, ForwardPath recipient, bool alreadyChecked, EnvelopeTerms terms, Inquiry inquiry)
    {
        RewriteContext context = new(
            facts.Source.Current, Envelope: true, Forward: true, Reprocessing: facts.Source.Kind == SourceChannelReason.Requeued);
        RewriteResult rewritten = rewriter.Rewrite(recipient.Mailbox, context, inquiry);
        Verdicts verdicts = new(rewritten.Steps, terms.Tags);
        if (rewritten is RewriteResult.Failure failure)
            return verdicts.Refuse(failure.IsTransient ? Verdict.Defer : Verdict.Reject, AccessReplies.About(failure.Status, failure.Text, recipient.Given));

        RewriteResult.Success named = (RewriteResult.Success)rewritten;
        if (!alreadyChecked && Qualification.Refusal(snapshot, facts, recipient.Mailbox, named.Address) is { } unqualified)
            return verdicts.Refuse(Verdict.Reject, AccessReplies.About(Qualification.OfRecipient, unqualified, recipient.Given));

        string from = sender.CanonicalText, to = named.Address.CanonicalText;
        if (!alreadyChecked)
        {
            foreach (string table in (ReadOnlySpan<string>)[AccessTables.OriginalSend, AccessTables.OriginalMail])
            {
                if (Ask(table, facts, from, named.Channel.Name, to, recipient.Given, terms, verdicts, inquiry) is { } refusal)
                    return verdicts.Refuse(refusal.Verdict, refusal.Reply);
            }
        }

        ExpansionResult expanded = _expansion.Expand(named, from, facts, terms, context, inquiry, cameByAlias: alreadyChecked);
        verdicts.Add(expanded.Steps);
        if (expanded.Refusal is { } fault)
            return verdicts.Refuse(fault.Status.Class == 4 ? Verdict.Defer : Verdict.Reject, AccessReplies.About(fault.Code, fault.Status, fault.Text, recipient.Given));
        return Deliverable(facts, from, recipient, expanded, terms, verdicts, inquiry);
    }

    /// <summary>Aliases, lists and FORWARD alone: no access table is asked.</summary>
    /// <param name="named">the recipient as rewritten.</param>
    public Decision Expand(SessionFacts facts, string from, RewriteResult.Success named, RewriteContext context, Inquiry inquiry)
    {
        ExpansionResult expanded = _expansion.Expand(named, from, facts, EnvelopeTerms.None, context, inquiry, cameByAlias: false);
        Verdicts verdicts = new(expanded.Steps, []);
        return expanded.Refusal is { } fault
            ? verdicts.Refuse(fault.IsTransient ? Verdict.Defer : Verdict.Reject, AccessReplies.About(fault.Code, fault.Status, fault.Text, named.Address.ToString()))
            : verdicts.Accept(expanded.Recipients, expanded.Notices);
    }

    private Decision Deliverable(SessionFacts facts, string from, ForwardPath recipient, ExpansionResult expanded, EnvelopeTerms terms, Verdicts verdicts, Inquiry inquiry)
    {
        ImmutableArray<ExpandedRecipient>.Builder kept = ImmutableArray.CreateBuilder<ExpandedRecipient>(expanded.Recipients.Length);
        (Verdict Verdict, SmtpReply Reply)? firstRefusal = null;
        foreach (ExpandedRecipient member in expanded.Recipients)
        {
            (Verdict Verdict, SmtpReply Reply)? refusal = null;
            foreach (string table in (ReadOnlySpan<string>)[AccessTables.Send, AccessTables.Mail])
                refusal ??= Ask(table, facts, from, member.Channel, member.Address, recipient.Given, terms, verdicts, inquiry);
            if (refusal is null) kept.Add(member);
            else if (refusal is { Verdict: Verdict.Defer }) return verdicts.Refuse(Verdict.Defer, refusal.Value.Reply);
            else firstRefusal ??= refusal;
        }

        if (kept.Count == 0 && firstRefusal is { } refused) return verdicts.Refuse(refused.Verdict, refused.Reply);
        return Reverse(facts, kept, verdicts, inquiry) ? verdicts.Accept(kept.ToImmutable(), expanded.Notices) : verdicts.Refuse(Verdict.Defer, AccessReplies.CannotTell);
    }

    /// <summary>Makes the envelope From of each copy public (REVERSE).</summary>
    /// <returns>false when a table cannot be asked now.</returns>
    private bool Reverse(SessionFacts facts, ImmutableArray<ExpandedRecipient>.Builder recipients, Verdicts verdicts, Inquiry inquiry)
    {
        if (reversal.IsIdle) return true;
        Dictionary<(ChannelName, string), string> known = [];
        for (int i = 0; i < recipients.Count; i++)
        {
            (ChannelName channel, string from) = (recipients[i].Channel, recipients[i].ReversePath);
            if (from.Length == 0 || AddressParser.Parse(from, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) continue;
            if (!known.TryGetValue((channel, from), out string? reversed))
            {
                ReversalResult result = reversal.Reverse(mailbox, AddressPlace.EnvelopeFrom, facts.Source.Current, channel, inquiry);
                verdicts.Add(result.Steps);
                if (result.CannotTell) return false;
                known[(channel, from)] = reversed = result.Address?.CanonicalText ?? from;
            }

            if (reversed != from) recipients[i] = recipients[i] with { ReversePath = reversed };
        }

        return true;
    }

    private (Verdict Verdict, SmtpReply Reply)? Ask(
        string table, SessionFacts facts, string from, ChannelName destination, string to, string given, EnvelopeTerms terms, Verdicts verdicts, Inquiry inquiry)
    {
        // The probe is not built for a table that nobody has.
        if (!tables.Exists(table)) return null;
        string probe = _probes.Of(table, facts, from, destination, to, given, terms, verdicts.Tags);
        if (tables.Ask(table, probe, RecipientProbes.Flags(facts, terms.Notify), inquiry) is not { } asked) return null;
        if (asked.Fault is { } fault)
        {
            verdicts.Add(asked.Steps(decides: true));
            verdicts.Add(new ExplanationStep.Note(fault));
            return (Verdict.Defer, AccessReplies.CannotTell);
        }

        AccessAnswer answer = asked.Answer;
        verdicts.Add(asked.Steps(decides: answer.Rejects));
        verdicts.Note(answer);
        return answer.Rejects
            ? (answer.RefusalVerdict, _replies.Recipient(answer, given))
            : null;
    }
}
