using System.Diagnostics.CodeAnalysis;

namespace Postern.Smtp.Commands;

/// <summary>
/// Reads the parameters of RCPT.
/// <code>
/// NOTIFY="NEVER" / 1#( "SUCCESS" / "FAILURE" / "DELAY" )      ; RFC 3461 §4.1
/// ORCPT=atom ";" xtext                                        ; RFC 3461 §4.2; type utf-8: RFC 6533 §3
/// </code>
/// </summary>
internal static class RcptParameterParser
{
    private const int MaximumOriginalRecipient = 500;

    public static bool TryParse(
        ReadOnlySpan<byte> text, bool smtpUtf8, out RcptParameters parameters, [NotNullWhen(false)] out CommandParse.Refused? refused)
    {
        parameters = RcptParameters.None;
        refused = null;
        foreach (EsmtpParameter parameter in new EsmtpParameters(text))
        {
            switch (parameter.Keyword)
            {
                case "NOTIFY" when parameters.Notify == Notify.None && TryNotify(parameter.Value, out Notify notify):
                    parameters = parameters with { Notify = notify };
                    break;
                case "ORCPT" when parameters.OriginalRecipient is null && TryOriginalRecipient(parameter.Value, smtpUtf8, out string? original):
                    parameters = parameters with { OriginalRecipient = original };
                    break;
                case null or "NOTIFY" or "ORCPT":
                    refused = new CommandParse.Refused(CommandRefusal.BadParameter, parameter.Keyword ?? "");
                    return false;
                default:
                    refused = new CommandParse.Refused(CommandRefusal.UnknownParameter, parameter.Keyword);
                    return false;
            }
        }

        return true;
    }

    private static bool TryNotify(string? value, out Notify notify)
    {
        notify = Notify.None;
        foreach (string word in (value ?? "").Split(','))
        {
            Notify one = word.ToUpperInvariant() switch
            {
                "NEVER" => Notify.Never,
                "SUCCESS" => Notify.Success,
                "FAILURE" => Notify.Failure,
                "DELAY" => Notify.Delay,
                _ => Notify.None,
            };
            if (one == Notify.None) return false;
            notify |= one;
        }

        return notify == Notify.Never || !notify.HasFlag(Notify.Never);
    }

    private static bool TryOriginalRecipient(string? value, bool smtpUtf8, [NotNullWhen(true)] out string? original)
    {
        original = null;
        if (value is null || value.Length > MaximumOriginalRecipient) return false;
        int end = value.IndexOf(';', StringComparison.Ordinal);
        if (end <= 0 || !value.AsSpan(0, end).ContainsOnlyAtomCharacters()) return false;
        string? address = OriginalRecipientText.IsInternational(value)
            ? Unitext.Decode(value[(end + 1)..], smtpUtf8)
            : Xtext.Decode(value[(end + 1)..]);
        if (address is not { Length: > 0 }) return false;
        original = $"{value[..end]};{address}";
        return true;
    }

    /// <summary>Address types that are registered are made of these; a wider atom is of no use to anybody.</summary>
    private static bool ContainsOnlyAtomCharacters(this ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c != '-') return false;
        }

        return true;
    }
}
