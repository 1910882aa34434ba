using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>Reads a host that stands in a local part or came out of a rule.</summary>
internal static class HostText
{
    /// <summary>No syntax is demanded (Administration Guide 6.3, 11.5.6): what is no domain is still compared and routed, by its lower-case text.</summary>
    public static MailDomain Domain(string text) =>
        AddressParser.Parse($"x@{text}", smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Local.Value: "x", Domain: { } domain } }
            ? domain
            : new MailDomain.Name(text, text.ToLowerInvariant());
}
