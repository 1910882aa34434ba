using System.Text;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;
using Postern.Smtp.Tests.Conformance;

namespace Postern.Smtp.Tests.Commands;

public sealed class CommandConformanceTests
{
    private static readonly IReadOnlyDictionary<string, Case> Cases = Case.ReadAll("command");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Command_is_read_as_the_table_says(string where)
    {
        Case row = Cases[where];
        byte[] line = Bytes(row.Get("given"));
        string? want = row.Find("want");
        string? reply = row.Find("reply");
        bool smtpUtf8 = row.Find("transaction") == "SMTPUTF8";
        row.AssertAllKeysKnown();
        CommandParse parse = CommandParser.Parse(line, smtpUtf8);
        if (want is not null)
        {
            Assert.Equal(want, parse is CommandParse.Parsed { Command: var command } ? Describe(command) : parse.ToString());
            return;
        }

        Assert.IsType<CommandParse.Refused>(parse);
        SessionStep step = SmtpSession.Step(Greeted() with { SmtpUtf8 = smtpUtf8 }, new SessionEvent.Line(line, MoreBuffered: false));
        Assert.Equal(reply, Assert.IsType<SessionEffect.Send>(step.Effect).Reply.ToString());
    }

    private static SessionState Greeted()
    {
        SessionState state = SmtpSession.Step(SessionState.Initial, new SessionEvent.Opened(new SessionTerms("mx.example"), false)).State;
        return SmtpSession.Step(state, new SessionEvent.Line("EHLO c"u8.ToArray(), false)).State;
    }

    /// <summary>UTF-8, but <c>\xff</c> is that byte, so that a table can hold text that is not UTF-8.</summary>
    private static byte[] Bytes(string text) => [.. text.SelectMany(c => c == '\xff' ? [(byte)0xFF] : Encoding.UTF8.GetBytes([c]))];

    private static string Describe(SmtpCommand command) => command switch
    {
        SmtpCommand.Ehlo ehlo => $"EHLO {ehlo.Name}",
        SmtpCommand.Helo helo => $"HELO {helo.Name}",
        MailCommand mail => $"MAIL <{mail.Path}>{Describe(mail.Parameters)}",
        RcptCommand rcpt => $"RCPT <{rcpt.Path}>{Describe(rcpt.Parameters)}",
        SmtpCommand.Auth { InitialResponse: null } auth => $"AUTH {auth.Mechanism}",
        SmtpCommand.Auth { InitialResponse: "" } auth => $"AUTH {auth.Mechanism} \"\"",
        SmtpCommand.Auth auth => $"AUTH {auth.Mechanism} {auth.InitialResponse}",
        SmtpCommand.Vrfy vrfy => $"VRFY {vrfy.Address}{(vrfy.SmtpUtf8 ? " SMTPUTF8" : "")}",
        SmtpCommand.Bdat bdat => $"BDAT {bdat.Size}{(bdat.IsLast ? " LAST" : "")}",
        SmtpCommand.Unknown => "unknown",
        _ => command.GetType().Name.ToUpperInvariant(),
    };

    private static string Describe(RcptParameters parameters) =>
        (parameters.Notify == Notify.None ? "" : $" NOTIFY={parameters.Notify}") + (parameters.OriginalRecipient is { } original ? $" ORCPT={original}" : "");

    private static string Describe(MailParameters parameters)
    {
        string text = (parameters.Size is { } size ? $" SIZE={size}" : "") + (parameters.IsEightBit ? " 8BITMIME" : "") + (parameters.IsBinary ? " BINARYMIME" : "") + (parameters.HasAuth ? " AUTH" : "")
            + (parameters.EnvelopeId is { } id ? $" ENVID={id}" : "") + (parameters.Return == ReturnedContent.None ? "" : $" RET={parameters.Return}") + (parameters.SmtpUtf8 ? " SMTPUTF8" : "");
        return text.Length == 0 && !parameters.IsEmpty ? " given" : text;
    }
}
