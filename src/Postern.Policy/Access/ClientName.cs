using Postern.Policy.Channels;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Access;

/// <summary>A host name that reverse DNS gives for the client's address: whoever owns the address may write any name there.</summary>
public sealed record ClientName
{
    private ClientName(MailDomain.Name name, bool confirmed)
    {
        Domain = name;
        Confirmed = confirmed;
    }

    /// <summary>The name as a domain, without a trailing dot.</summary>
    public MailDomain.Name Domain { get; }

    /// <summary>One of the name's own addresses is the client's. INVARIANT: only a confirmed name ever chooses a channel.</summary>
    public bool Confirmed { get; }

    /// <returns>null for what is no full host name: one label alone, an address in disguise, or octets that no host name has.</returns>
    public static ClientName? Of(string name, bool confirmed)
    {
        if (AddressParser.Parse($"_@{name}", smtpUtf8: false) is not AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Domain: MailDomain.Name domain } }) return null;
        int dot = domain.Key.LastIndexOf('.');
        return dot > 0 && !domain.Key[(dot + 1)..].All(char.IsAsciiDigit) ? new ClientName(domain, confirmed) : null;
    }

    /// <summary>What is shown of the name; null when it is not to be shown.</summary>
    public string? ShownWith(ForwardCheck check) => (Confirmed, check) switch
    {
        (true, _) or (false, ForwardCheck.None) => Domain.Key,
        (false, ForwardCheck.Tag) => $"{Domain.Key}*",
        _ => null,
    };

    public override string ToString() => Confirmed ? Domain.Key : $"{Domain.Key} (not confirmed)";
}
