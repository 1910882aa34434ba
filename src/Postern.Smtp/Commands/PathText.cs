using System.Text;
using System.Text.Unicode;
using Postern.Smtp.Addresses;

namespace Postern.Smtp.Commands;

/// <summary>Cuts the path out of the argument of MAIL or RCPT and reads it.</summary>
internal static class PathText
{
    /// <summary>Finds the closing bracket; one inside a quoted string closes nothing.</summary>
    /// <param name="rest">what follows the path: "" or a blank and parameters.</param>
    public static bool TrySplit(ReadOnlySpan<byte> argument, out ReadOnlySpan<byte> path, out ReadOnlySpan<byte> rest)
    {
        path = rest = default;
        argument = argument.TrimStart((byte)' ');
        if (argument.IsEmpty || argument[0] != (byte)'<') return false;
        bool quoted = false;
        for (int i = 1; i < argument.Length; i++)
        {
            byte b = argument[i];
            if (b == (byte)'\\' && quoted) i++;
            else if (b == (byte)'"') quoted = !quoted;
            else if (b == (byte)'>' && !quoted)
            {
                path = argument[1..i];
                rest = argument[(i + 1)..];
                return rest.IsEmpty || rest[0] == (byte)' ';
            }
        }

        return false;
    }

    /// <param name="smtpUtf8">UTF-8 is allowed.</param>
    /// <returns>null with the refusal.</returns>
    public static Mailbox? Parse(ReadOnlySpan<byte> path, CommandRefusal bad, bool smtpUtf8, out string given, out CommandParse.Refused? refused)
    {
        refused = null;
        given = "";
        if (!Utf8.IsValid(path))
        {
            refused = new CommandParse.Refused(bad, "");
            return null;
        }

        given = Encoding.UTF8.GetString(path);
        switch (AddressParser.Parse(given, smtpUtf8))
        {
            case AddressParse.Parsed parsed:
                return parsed.Mailbox;
            case AddressParse.Invalid { NeedsSmtpUtf8: true }:
                refused = new CommandParse.Refused(CommandRefusal.NeedsSmtpUtf8, "");
                return null;
            case AddressParse.Invalid invalid:
                refused = new CommandParse.Refused(bad, invalid.Reason);
                return null;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }
}
