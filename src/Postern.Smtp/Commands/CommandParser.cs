using System.Globalization;
using System.Text;
using System.Text.Unicode;
using Postern.Smtp.Addresses;

namespace Postern.Smtp.Commands;

/// <summary>Reads one command line, without its CRLF. Knows grammar only; order and permission are the session's.</summary>
/// <remarks>
/// <code>
/// line      = verb [ SP argument ] *SP                        ; verbs in any case of letters
/// ehlo/helo = SP name                                         ; name = 1*255( ALPHA / DIGIT / ". - _ : [ ]" )
/// mail      = SP "FROM:" *SP "&lt;" [ path ] "&gt;" *( SP parameter )   ; RFC 5321 §4.1.1.2
/// rcpt      = SP "TO:" *SP "&lt;" path "&gt;" *( SP parameter )         ; §4.1.1.3
/// parameter = keyword [ "=" value ]                           ; §4.1.2
/// auth      = SP mechanism [ SP ( base64 / "=" ) ]            ; RFC 4954 §4
/// bdat      = SP 1*18DIGIT [ SP "LAST" ]                      ; RFC 3030 §2
/// vrfy/expn = SP 1*text [ SP "SMTPUTF8" ]                     ; §4.1.1.6, RFC 6531 §3.7.4.2
/// data, rset, quit, starttls take no argument; noop and help take any; that of xclient and xforward is read later
/// </code>
/// Blanks behind the colon are more than RFC 5321 allows; enough clients send them. A path without angle brackets is
/// refused: there the end of the address would be a guess.
/// </remarks>
public static class CommandParser
{
    private const int MaximumHeloName = 255;

    /// <summary>All numbers of so many digits fit into 64 bits.</summary>
    private const int MaximumChunkDigits = 18;

    /// <summary>Never throws.</summary>
    /// <param name="smtpUtf8">the transaction was begun with SMTPUTF8: RCPT may name an internationalised address.</param>
    public static CommandParse Parse(ReadOnlySpan<byte> line, bool smtpUtf8 = false)
    {
        line = line.TrimEnd((byte)' ');
        int blank = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> verb = blank < 0 ? line : line[..blank];
        ReadOnlySpan<byte> argument = blank < 0 ? [] : line[blank..].TrimStart((byte)' ');
        if (Is(verb, "MAIL"u8)) return ParseMail(argument);
        if (Is(verb, "RCPT"u8)) return ParseRcpt(argument, smtpUtf8);
        if (Is(verb, "EHLO"u8)) return ParseHelo(argument, name => new SmtpCommand.Ehlo(name));
        if (Is(verb, "HELO"u8)) return ParseHelo(argument, name => new SmtpCommand.Helo(name));
        if (Is(verb, "AUTH"u8)) return ParseAuth(argument);
        if (Is(verb, "DATA"u8)) return Alone(argument, new SmtpCommand.Data());
        if (Is(verb, "BDAT"u8)) return ParseBdat(argument);
        if (Is(verb, "RSET"u8)) return Alone(argument, new SmtpCommand.Rset());
        if (Is(verb, "QUIT"u8)) return Alone(argument, new SmtpCommand.Quit());
        if (Is(verb, "STARTTLS"u8)) return Alone(argument, new SmtpCommand.StartTls());
        if (Is(verb, "VRFY"u8)) return ParseNamed(argument, static (name, utf8) => new SmtpCommand.Vrfy(name, utf8));
        if (Is(verb, "EXPN"u8)) return ParseNamed(argument, static (_, _) => new SmtpCommand.Expn());
        if (Is(verb, "NOOP"u8)) return Parsed(new SmtpCommand.Noop());
        if (Is(verb, "HELP"u8)) return Parsed(new SmtpCommand.Help());
        if (Is(verb, "XCLIENT"u8)) return Parsed(new SmtpCommand.XClient(Encoding.UTF8.GetString(argument)));
        if (Is(verb, "XFORWARD"u8)) return Parsed(new SmtpCommand.XForward(Encoding.UTF8.GetString(argument)));
        return Parsed(new SmtpCommand.Unknown());
    }

    private static CommandParse ParseHelo(ReadOnlySpan<byte> argument, Func<string, SmtpCommand> make)
    {
        if (argument.IsEmpty) return Refused(CommandRefusal.ArgumentMissing);
        if (argument.Length > MaximumHeloName) return Refused(CommandRefusal.BadHeloName);
        foreach (byte b in argument)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && !".-_:[]"u8.Contains(b)) return Refused(CommandRefusal.BadHeloName);
        }

        return Parsed(make(Encoding.ASCII.GetString(argument)));
    }

    private static CommandParse ParseMail(ReadOnlySpan<byte> argument)
    {
        if (!StartsWith(argument, "FROM:"u8)) return Refused(CommandRefusal.PathKeywordMissing);
        if (!PathText.TrySplit(argument["FROM:".Length..], out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> rest))
            return Refused(CommandRefusal.PathNotBracketed);
        ReversePath reversePath = ReversePath.Null;

        // Only the parameters behind the path say whether it may hold UTF-8.
        if (!path.IsEmpty)
        {
            if (PathText.Parse(path, CommandRefusal.BadSender, smtpUtf8: true, out string given, out CommandParse.Refused? refused) is not { } mailbox) return refused!;
            reversePath = new ReversePath(mailbox, given);
        }

        if (!MailParameterParser.TryParse(rest, out MailParameters parameters, out CommandParse.Refused? fault)) return fault;
        return parameters.SmtpUtf8 || Ascii.IsValid(path) ? Parsed(new MailCommand(reversePath, parameters)) : Refused(CommandRefusal.NeedsSmtpUtf8);
    }

    private static CommandParse ParseRcpt(ReadOnlySpan<byte> argument, bool smtpUtf8)
    {
        if (!StartsWith(argument, "TO:"u8)) return Refused(CommandRefusal.PathKeywordMissing);
        if (!PathText.TrySplit(argument["TO:".Length..], out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> rest))
            return Refused(CommandRefusal.PathNotBracketed);
        if (PathText.Parse(path, CommandRefusal.BadRecipient, smtpUtf8, out string given, out CommandParse.Refused? refused) is not { } mailbox) return refused!;
        return RcptParameterParser.TryParse(rest, smtpUtf8, out RcptParameters parameters, out CommandParse.Refused? fault)
            ? Parsed(new RcptCommand(new ForwardPath(mailbox, given), parameters))
            : fault;
    }

    private static CommandParse ParseBdat(ReadOnlySpan<byte> argument)
    {
        int blank = argument.IndexOf((byte)' ');
        ReadOnlySpan<byte> digits = blank < 0 ? argument : argument[..blank];
        ReadOnlySpan<byte> rest = blank < 0 ? [] : argument[blank..].TrimStart((byte)' ');
        if (digits.IsEmpty || digits.Length > MaximumChunkDigits || digits.IndexOfAnyExceptInRange((byte)'0', (byte)'9') >= 0)
            return Refused(CommandRefusal.BadChunkSize);
        if (!rest.IsEmpty && !Is(rest, "LAST"u8)) return Refused(CommandRefusal.BadChunkSize);
        return Parsed(new SmtpCommand.Bdat(long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture), !rest.IsEmpty));
    }

    private static CommandParse ParseAuth(ReadOnlySpan<byte> argument)
    {
        if (argument.IsEmpty) return Refused(CommandRefusal.ArgumentMissing);
        int blank = argument.IndexOf((byte)' ');
        ReadOnlySpan<byte> mechanism = blank < 0 ? argument : argument[..blank];
        foreach (byte b in mechanism)
        {
            if (!char.IsAsciiLetterOrDigit((char)b) && b is not ((byte)'-' or (byte)'_')) return Refused(CommandRefusal.BadAuthArgument);
        }

        string name = Encoding.ASCII.GetString(mechanism).ToUpperInvariant();
        if (blank < 0) return Parsed(new SmtpCommand.Auth(name, null));
        ReadOnlySpan<byte> response = argument[blank..].TrimStart((byte)' ');
        if (response.Contains((byte)' ') || !Ascii.IsValid(response)) return Refused(CommandRefusal.BadAuthArgument);
        return Parsed(new SmtpCommand.Auth(name, response.SequenceEqual("="u8) ? "" : Encoding.ASCII.GetString(response)));
    }

    private static CommandParse Alone(ReadOnlySpan<byte> argument, SmtpCommand command) =>
        argument.IsEmpty ? Parsed(command) : Refused(CommandRefusal.ArgumentForbidden);

    private static CommandParse ParseNamed(ReadOnlySpan<byte> argument, Func<string, bool, SmtpCommand> make)
    {
        if (argument.IsEmpty) return Refused(CommandRefusal.ArgumentMissing);
        int blank = argument.LastIndexOf((byte)' ');
        bool smtpUtf8 = blank > 0 && Is(argument[(blank + 1)..], "SMTPUTF8"u8);
        ReadOnlySpan<byte> name = smtpUtf8 ? argument[..blank].TrimEnd((byte)' ') : argument;
        if (!Utf8.IsValid(name)) return Refused(CommandRefusal.BadRecipient);
        return smtpUtf8 || Ascii.IsValid(name) ? Parsed(make(Encoding.UTF8.GetString(name), smtpUtf8)) : Refused(CommandRefusal.NeedsSmtpUtf8);
    }

    private static bool Is(ReadOnlySpan<byte> verb, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(verb, name);

    private static bool StartsWith(ReadOnlySpan<byte> argument, ReadOnlySpan<byte> keyword) =>
        argument.Length >= keyword.Length && Ascii.EqualsIgnoreCase(argument[..keyword.Length], keyword);

    private static CommandParse.Parsed Parsed(SmtpCommand command) => new(command);

    private static CommandParse.Refused Refused(CommandRefusal reason, string detail = "") => new(reason, detail);
}
