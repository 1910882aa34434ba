using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>
/// Finds the alias and the account of an address (Technical Reference, "Alias_domains"). Keys in order: the whole address,
/// the catch-alls of its domain, the bare local part; in each form first with the subaddress, then <c>name+*</c>, then
/// without it. Bare names belong to the MTA's own host names and to the default domain only, unless bit 0 of
/// <c>alias_domains</c> makes them domain-blind. An own host name stands for the default domain where it has no entry of its own.
/// </summary>
internal sealed class AliasLookup(ConfigurationSnapshot snapshot)
{
    private const int BareBit = 1;
    private const int WholeBit = 2;
    private const int WildcardBit = 4;

    /// <param name="subaddress">which forms of <c>name+sub</c> are tried.</param>
    public AliasHit? FindAlias(Mailbox address, SubaddressUse subaddress)
    {
        string? domain = address.Domain?.Key;
        if (domain is null) return null;
        AliasHit? hit = Find(address.Local.Value, domain, isLocalName: IsOwnHost(domain) || domain == snapshot.DefaultDomain, subaddress);
        return hit is null && IsOwnHost(domain) && domain != snapshot.DefaultDomain
            ? Find(address.Local.Value, snapshot.DefaultDomain, isLocalName: true, subaddress)
            : hit;
    }

    /// <param name="subaddress">with its <c>+</c>; "" for none.</param>
    public UserEntry? FindUser(Mailbox address, out string subaddress)
    {
        subaddress = "";
        if (address.Domain?.Key is not { } domain) return null;
        UserEntry? user = FindUser(address.Local.Value, domain, out subaddress);
        return user is null && IsOwnHost(domain) ? FindUser(address.Local.Value, snapshot.DefaultDomain, out subaddress) : user;
    }

    private UserEntry? FindUser(string localPart, string domain, out string subaddress)
    {
        subaddress = "";
        if (snapshot.Users.Find(localPart, domain) is { } exact) return exact;
        string name = AliasKey.WithoutSubaddress(localPart, out subaddress);
        return subaddress.Length == 0 ? null : snapshot.Users.Find(name, domain);
    }

    private AliasHit? Find(string localPart, string domain, bool isLocalName, SubaddressUse use)
    {
        int forms = snapshot.Options.AliasDomains;
        string name = AliasKey.WithoutSubaddress(localPart, out string subaddress);
        AliasHit? hit = null;
        if ((forms & WholeBit) != 0) hit = Forms(localPart, name, subaddress, domain, use);
        if ((forms & (WholeBit | WildcardBit)) == (WholeBit | WildcardBit))
        {
            if (subaddress.Length > 0) hit ??= Probe("*+*", domain, subaddress);
            hit ??= Probe("*", domain, subaddress);
        }

        if (isLocalName || (forms & BareBit) != 0)
        {
            // A bare name is more exact than a catch-all of the default domain, where both exist.
            AliasHit? bare = Forms(localPart, name, subaddress, domain: null, use);
            if (hit is null || hit.Definition.Key[0] == '*') hit = bare ?? hit;
        }

        return hit;
    }

    private AliasHit? Forms(string localPart, string name, string subaddress, string? domain, SubaddressUse use)
    {
        if (Probe(localPart, domain, "") is { } exact) return exact;
        if (use == SubaddressUse.Exact) return null;
        AliasHit? any = Probe($"{name}+*", domain, subaddress);
        return any is null && use == SubaddressUse.Relaxed && subaddress.Length > 0 ? Probe(name, domain, subaddress) : any;
    }

    private AliasHit? Probe(string localPart, string? domain, string subaddress) =>
        snapshot.Aliases.Find(AliasKey.Of(localPart, domain)) is { } definition ? new AliasHit(definition, subaddress) : null;

    private bool IsOwnHost(string domain) => snapshot.Channels.FindByHost(domain) is { } channel && channel.Name == snapshot.Channels.Local.Name;
}
