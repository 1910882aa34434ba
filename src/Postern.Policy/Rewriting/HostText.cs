using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>Reads a host that stands in a local part or came out of a rule.</summary>
internal static class HostText
{
    private const int MaximumLabel = 63;

    /// <summary>The host that the text spells, or null.</summary>
    public static MailDomain? Parse(string text)
    {
        if (IsPlainName(text)) return new MailDomain.Name(text, text.ToLowerInvariant());
        return AddressParser.Parse($"x@{text}", smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Local.Value: "x", Domain: { } domain } }
            ? domain
            : null;
    }

    /// <summary>No syntax is demanded of results (Administration Guide 6.3, 11.5.6): what is no domain is still compared and routed, by its lower-case text.</summary>
    public static MailDomain Domain(string text) => Parse(text) ?? new MailDomain.Name(text, text.ToLowerInvariant());

    /// <summary>The common case, decided without the parser.</summary>
    private static bool IsPlainName(ReadOnlySpan<char> text)
    {
        if (text.Length > AddressParser.MaximumDomain) return false;
        int label = 0;
        foreach (char c in text)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            {
                if (++label > MaximumLabel) return false;
            }
            else if (c == '.' && label > 0)
            {
                label = 0;
            }
            else
            {
                return false;
            }
        }

        return label > 0;
    }
}
