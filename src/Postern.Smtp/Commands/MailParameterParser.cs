using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Postern.Smtp.Commands;

/// <summary>
/// Reads the parameters of MAIL.
/// <code>
/// SIZE=1*20DIGIT                                              ; RFC 1870 §3
/// BODY=7BIT / 8BITMIME / BINARYMIME                           ; RFC 6152 §2, RFC 3030 §3
/// AUTH=xtext                                                  ; RFC 4954 §5
/// ENVID=1*100xtext                                            ; RFC 3461 §4.4
/// RET=FULL / HDRS                                             ; RFC 3461 §4.3
/// SMTPUTF8                                                    ; RFC 6531 §3.1
/// </code>
/// </summary>
internal static class MailParameterParser
{
    private const int MaximumSizeDigits = 20;
    private const int MaximumEnvelopeId = 100;

    public static bool TryParse(
        ReadOnlySpan<byte> text, out MailParameters parameters, [NotNullWhen(false)] out CommandParse.Refused? refused)
    {
        parameters = MailParameters.None;
        refused = null;
        HashSet<string>? seen = null;
        foreach (EsmtpParameter parameter in new EsmtpParameters(text))
        {
            if (!parameter.IsWellFormed) return Refuse(CommandRefusal.BadParameter, "", out refused);
            if (!(seen ??= new HashSet<string>(StringComparer.Ordinal)).Add(parameter.Keyword)) return Refuse(CommandRefusal.BadParameter, parameter.Keyword, out refused);
            parameters = parameters with { IsEmpty = false };
            switch (parameter.Keyword)
            {
                case "SIZE" when TrySize(parameter.Value, out long size):
                    parameters = parameters with { Size = size };
                    break;
                case "BODY" when Is(parameter.Value, "7BIT"):
                    break;
                case "BODY" when Is(parameter.Value, "8BITMIME"):
                    parameters = parameters with { IsEightBit = true };
                    break;
                case "BODY" when Is(parameter.Value, "BINARYMIME"):
                    parameters = parameters with { IsBinary = true };
                    break;
                case "AUTH" when parameter.Value is { } value && Xtext.Decode(value) is not null:
                    parameters = parameters with { HasAuth = true };
                    break;
                case "ENVID" when parameter.Value is { Length: <= MaximumEnvelopeId } value && Xtext.Decode(value) is { } envelopeId:
                    parameters = parameters with { EnvelopeId = envelopeId };
                    break;
                case "RET" when Is(parameter.Value, "FULL"):
                    parameters = parameters with { Return = ReturnedContent.Full };
                    break;
                case "RET" when Is(parameter.Value, "HDRS"):
                    parameters = parameters with { Return = ReturnedContent.Headers };
                    break;
                case "SMTPUTF8" when parameter.Value is null:
                    parameters = parameters with { SmtpUtf8 = true };
                    break;
                case "SIZE" or "BODY" or "AUTH" or "ENVID" or "RET" or "SMTPUTF8":
                    return Refuse(CommandRefusal.BadParameter, parameter.Keyword, out refused);
                default:
                    return Refuse(CommandRefusal.UnknownParameter, parameter.Keyword, out refused);
            }
        }

        return true;
    }

    /// <summary>A number too large for 64 bits is as good as the largest one: no limit allows either.</summary>
    private static bool TrySize(string? value, out long size)
    {
        size = 0;
        if (value is null || value.Length > MaximumSizeDigits || !value.All(char.IsAsciiDigit)) return false;
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out size)) size = long.MaxValue;
        return true;
    }

    private static bool Is(string? value, string name) => string.Equals(value, name, StringComparison.OrdinalIgnoreCase);

    private static bool Refuse(CommandRefusal reason, string detail, out CommandParse.Refused? refused)
    {
        refused = new CommandParse.Refused(reason, detail);
        return false;
    }
}
