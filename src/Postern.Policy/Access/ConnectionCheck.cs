using System.Collections.Immutable;
using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>
/// PORT_ACCESS: asked for each connection before the greeting, and, where the channel knows authentication, a second time as the
/// SMTP server asks it (Administration Guide 6.3, 18.3.4). Whichever refuses first is the answer.
/// </summary>
internal sealed class ConnectionCheck(AccessTables tables)
{
    private static readonly SmtpReply Accepted = new(220, "ready");

    /// <summary>Tells a probe at the door from a second one inside the session, so that a throttle counts a connection once.</summary>
    private static readonly InputFlags AtTheDoor = InputFlags.Parse("A");

    /// <param name="knowsAuthentication">the listener's channel has <c>maysaslserver</c> or <c>mustsaslserver</c>.</param>
    public Decision Decide(ClientConnection connection, bool knowsAuthentication, Inquiry inquiry)
    {
        if (connection.Client is null || tables.Ask(AccessTables.Port, connection.PortInformation, AtTheDoor, inquiry) is not { } first)
            return new Decision(Verdict.Accept, Accepted, Explanation.Empty);
        Decision atTheDoor = Of(first, Explanation.Empty);
        if (atTheDoor.Verdict != Verdict.Accept || !knowsAuthentication) return atTheDoor;

        // An entry that does not look at the flag answers twice the same, and is told and logged once.
        TableAnswer second = tables.Ask(AccessTables.Port, connection.PortInformation, InputFlags.None, inquiry)!;
        return IsSame(first.Result, second.Result) ? atTheDoor : Of(second, atTheDoor.Explanation);
    }

    private static bool IsSame(MappingResult first, MappingResult second) => (first, second) is (MappingResult.Match a, MappingResult.Match b)
        ? a.Hit == b.Hit && a.Output == b.Output && a.Flags == b.Flags
        : first == second;

    private static Decision Of(TableAnswer asked, Explanation before)
    {
        if (asked.Fault is not null)
            return new Decision(Verdict.Defer, new SmtpReply(421, "4.3.0", "temporary access check failure"), before.Add(asked.Steps(decides: true)));
        AccessAnswer answer = asked.AnswerOfConnection;
        Explanation explanation = before.Add(asked.Steps(decides: answer.Rejects));
        return answer.Rejects
            ? new Decision(Verdict.Reject, Reply(answer.Text), explanation, Silent: answer.Text.Length == 0) { LogTexts = answer.LogTexts }
            : new Decision(Verdict.Accept, Accepted, explanation) { LogTexts = answer.LogTexts };
    }

    /// <summary>
    /// The code is part of the text, as in <c>$N421$ Connection$ declined</c>; a text without one gets 554, the refusal
    /// of RFC 5321 §3.1. <c>~</c> separates lines.
    /// </summary>
    private static SmtpReply Reply(string text)
    {
        if (text.Length == 0) return new SmtpReply(554, "5.7.1", "connection refused");
        int code = 554;
        if (text.Length >= 3 && int.TryParse(text.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int given)
            && given is >= 400 and <= 599 && (text.Length == 3 || text[3] is ' ' or '-'))
        {
            code = given;
            text = text.Length > 4 ? text[4..] : "";
        }

        EnhancedCode? status = null;
        int blank = text.IndexOf(' ', StringComparison.Ordinal);
        if (blank > 0 && EnhancedCode.TryParse(text.AsSpan(0, blank), out EnhancedCode parsed) && parsed.Class == code / 100)
        {
            status = parsed;
            text = text[(blank + 1)..];
        }

        ImmutableArray<string> lines = [.. text.Split('~').Select(AccessReplies.Clean)];
        return new SmtpReply(code, status, lines);
    }
}
