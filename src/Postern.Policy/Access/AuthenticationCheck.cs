using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>
/// AUTH_ACCESS, which the manuals name and do not describe; this is Postern's own. It is asked when the client has given name and password,
/// before the password is looked at: so a refusal says nothing about it, and no work is spent on guesses.
/// </summary>
internal sealed class AuthenticationCheck(ConfigurationSnapshot snapshot, AccessTables tables)
{
    private static readonly SmtpReply Allowed = new(235, "2.7.0", "may authenticate");
    private static readonly EnhancedCode BadCredentials = new(5, 7, 8);

    /// <summary>The words for a wrong password: a client need not learn that a table refused it.</summary>
    private const string DefaultText = "authentication credentials invalid";

    private readonly ProbeField _field = new(snapshot.Options.MappingParanoia);

    /// <param name="mechanism">upper case.</param>
    /// <param name="user">as the client wrote it.</param>
    public Decision Decide(SessionFacts facts, string mechanism, string user, Inquiry inquiry)
    {
        if (!tables.Exists(AccessTables.Authentication)) return new Decision(Verdict.Accept, Allowed, Explanation.Empty);
        string probe = string.Join(
            '|', facts.Connection.PortInformation, _field.Of(facts.ApplicationInformation), facts.Source.Current.ToString(), mechanism, _field.Of(user));
        TableAnswer asked = tables.Ask(AccessTables.Authentication, probe, RecipientProbes.Flags(facts), inquiry)!;
        if (asked.Fault is not null)
            return new Decision(Verdict.Defer, new SmtpReply(454, "4.7.0", "temporary authentication failure"), Explanation.Empty.Add(asked.Steps(decides: true)));
        AccessAnswer answer = asked.Answer;
        Explanation explanation = Explanation.Empty.Add(asked.Steps(decides: answer.Rejects)).Add(AnswerNotes.Of(answer));
        return answer.Rejects
            ? new Decision(answer.RefusalVerdict, Refusal(answer), explanation, answer.Delay) { LogTexts = answer.LogTexts }
            : new Decision(Verdict.Accept, Allowed, explanation, answer.Delay) { LogTexts = answer.LogTexts };
    }

    private static SmtpReply Refusal(AccessAnswer answer)
    {
        EnhancedCode status = answer.Status ?? BadCredentials;
        return new SmtpReply(status.Class == 4 ? 454 : 535, status, [answer.Text.Length == 0 ? DefaultText : AccessReplies.Clean(answer.Text)]);
    }
}
