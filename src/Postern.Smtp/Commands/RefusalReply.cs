using System.Diagnostics;
using Postern.Smtp.Replies;

namespace Postern.Smtp.Commands;

/// <summary>The replies to command lines that are not well formed.</summary>
internal static class RefusalReply
{
    public static SmtpReply For(CommandParse.Refused refused)
    {
        (int code, string enhanced, string text) = refused.Reason switch
        {
            CommandRefusal.ArgumentMissing => (501, "5.5.4", "argument missing"),
            CommandRefusal.ArgumentForbidden => (501, "5.5.4", "no argument allowed"),
            CommandRefusal.BadHeloName => (501, "5.5.4", "not a host name or address literal"),
            CommandRefusal.PathKeywordMissing => (501, "5.5.4", "syntax is MAIL FROM:<address> or RCPT TO:<address>"),
            CommandRefusal.PathNotBracketed => (501, "5.5.4", "address must stand in angle brackets"),
            CommandRefusal.BadSender => (501, "5.1.7", "bad sender address syntax"),
            CommandRefusal.BadRecipient => (501, "5.1.3", "bad recipient address syntax"),
            CommandRefusal.NeedsSmtpUtf8 => (553, "5.6.7", "internationalised address needs SMTPUTF8"),
            CommandRefusal.BadParameter => (501, "5.5.4", "bad parameter"),
            CommandRefusal.UnknownParameter => (555, "5.5.4", "parameter not supported"),
            CommandRefusal.BadChunkSize => (501, "5.5.4", "syntax is BDAT octets [LAST]"),
            CommandRefusal.BadAuthArgument => (501, "5.5.4", "syntax is AUTH mechanism [response]"),
            _ => throw new UnreachableException(),
        };
        return new SmtpReply(code, enhanced, refused.Detail.Length > 0 ? $"{text}: {refused.Detail}" : text);
    }

    /// <summary>What follows the line may be content as well as commands, so the connection must end.</summary>
    public static bool LosesFraming(CommandRefusal reason) => reason == CommandRefusal.BadChunkSize;

    /// <summary>Whether the client broke the protocol, as against naming a mailbox we cannot read.</summary>
    public static bool IsProtocolError(CommandRefusal reason) =>
        reason is not (CommandRefusal.BadSender or CommandRefusal.BadRecipient or CommandRefusal.NeedsSmtpUtf8);
}
