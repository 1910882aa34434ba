using System.Collections.Immutable;
using System.Globalization;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>PORT_ACCESS: asked once for each connection, before the greeting (Administration Guide 6.3, 18.3.4).</summary>
internal sealed class ConnectionCheck(AccessTables tables)
{
    private static readonly SmtpReply Accepted = new(220, "ready");

    /// <summary>Tells a probe at the door from a second one inside the session, so that a throttle counts a connection once.</summary>
    private static readonly InputFlags AtTheDoor = InputFlags.Parse("A");

    public Decision Decide(ClientConnection connection, Inquiry inquiry)
    {
        if (connection.Client is null) return new Decision(Verdict.Accept, Accepted, Explanation.Empty);
        if (tables.Ask(AccessTables.Port, connection.PortInformation, AtTheDoor, inquiry) is not { } asked)
            return new Decision(Verdict.Accept, Accepted, Explanation.Empty);
        if (asked.Fault is not null)
            return new Decision(Verdict.Defer, new SmtpReply(421, "4.3.0", "temporary access check failure"), Explanation.Empty.Add(asked.Steps(decides: true)));

        AccessAnswer answer = asked.Answer;
        Explanation explanation = Explanation.Empty.Add(asked.Steps(decides: answer.Rejects));
        return answer.Rejects
            ? new Decision(Verdict.Reject, Reply(answer.Text), explanation, Silent: answer.Text.Length == 0)
            : new Decision(Verdict.Accept, Accepted, explanation);
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
