using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Aliases;
using Postern.Policy.Callouts;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Directories;

/// <summary>
/// Finds the user or group of an address (Administration Guide 6.3, "Direct LDAP"): first the domain, which says where its users
/// are, then below that the one entry with the address among its own, then the catch-all. Object classes tell users from groups,
/// and the status attributes of domain and entry whether mail is taken.
/// </summary>
/// <param name="isOwnHost">whether a host name is one of ours.</param>
internal sealed class RecipientLookup(DirectoryOptions options, Func<string, bool> isOwnHost)
{
    /// <summary>The channel of a user's authenticated sessions.</summary>
    public const string SubmitChannel = "mailSMTPSubmitChannel";

    /// <summary>The attributes an address may stand in.</summary>
    public static readonly ImmutableArray<string> AddressAttributes = ["mail", "mailAlternateAddress", "mailEquivalentAddress"];

    private static readonly ImmutableArray<string> Attributes =
    [
        "objectClass", .. AddressAttributes, "uid", .. EntryStatuses.OfUser, .. EntryStatuses.OfGroup, "mailHost", "mailDeferProcessing",
        "mailDeliveryOption", "mailForwardingAddress", "mailDeliveryFileURL", "mailProgramDeliveryInfo", SubmitChannel,
        .. GroupMembers.Attributes, .. GroupDefinition.Attributes,
    ];

    private readonly ImmutableArray<string> _attributes =
        [.. Attributes, .. ((string?[])[options.SourceChannelAttribute, options.TagAttribute]).OfType<string>().Except(Attributes, StringComparer.OrdinalIgnoreCase)];

    private readonly DomainLookup _domains = new(options);

    public RecipientFinding Find(Mailbox address, Inquiry inquiry)
    {
        if (address.Domain is not MailDomain.Name { Key: var domainName }) return new RecipientFinding.None();
        switch (_domains.Find(domainName, inquiry))
        {
            case DomainFinding.Found found:
                return InDomain(address.Local.Value, domainName, found.Domain, inquiry);
            case DomainFinding.Unavailable unavailable:
                return Trouble(unavailable.Trouble);
            default:
                return new RecipientFinding.None();
        }
    }

    /// <summary>Whether the domain is one that this host serves; null when that cannot be told now (<c>$V</c> of rewrite rules).</summary>
    public bool? IsLocal(string domain, Inquiry inquiry) => _domains.Find(domain, inquiry) switch
    {
        DomainFinding.Found found => IsServedHere(found.Domain),
        DomainFinding.Unavailable => null,
        _ => false,
    };

    public DomainFinding FindDomain(string domain, Inquiry inquiry) => _domains.Find(domain, inquiry);

    private bool IsServedHere(DirectoryDomain domain) => domain.RoutingHosts.IsEmpty || domain.RoutingHosts.Any(isOwnHost);

    private RecipientFinding InDomain(string localPart, string asked, DirectoryDomain domain, Inquiry inquiry)
    {
        if (!IsServedHere(domain))
            return options.RouteToRoutingHost ? new RecipientFinding.Elsewhere(domain.RoutingHosts[0]) : new RecipientFinding.None();
        if (domain.Status is not (EntryStatus.Active or EntryStatus.Hold)) return Closed(domain.Status, domain.EntryDn);

        string name = AliasKey.WithoutSubaddress(localPart, out string subaddress);
        IEnumerable<string> domains = Names(asked, domain);
        DirectoryFilter byAddress = new DirectoryFilter.Or(
            [.. domains.SelectMany(d => AddressAttributes.Select(a => DirectoryFilter.Equal(a, $"{name}@{d}")))]);
        switch (inquiry.Search(new DirectorySearch(domain.BaseDn, SearchScope.Subtree, byAddress, _attributes)))
        {
            case null:
                return Trouble(DirectoryTrouble.Down);
            case [var entry]:
                return Entry(entry, domain, subaddress);
            case []:
                return CatchAll(domains, domain, subaddress, inquiry);
            default:
                return Trouble(DirectoryTrouble.Wrong($"more than one entry below \"{domain.BaseDn}\" has the address \"{name}@{asked}\""));
        }
    }

    /// <summary>The domain as it was written, as users are known by it, and, with bit 1 of <c>domain_uplevel</c>, as it was found.</summary>
    private IEnumerable<string> Names(string asked, DirectoryDomain domain)
    {
        IEnumerable<string> names = [asked];
        if ((options.DomainUplevel & 2) != 0) names = names.Append(domain.Name);
        if (asked == domain.Name || (options.DomainUplevel & 2) != 0) names = names.Append(domain.Canonical);
        return names.Distinct(StringComparer.Ordinal);
    }

    private RecipientFinding CatchAll(IEnumerable<string> domains, DirectoryDomain domain, string subaddress, Inquiry inquiry)
    {
        DirectoryFilter any = new DirectoryFilter.Or([.. domains.Select(d => DirectoryFilter.Equal("mailAlternateAddress", $"@{d}"))]);
        switch (inquiry.Search(new DirectorySearch(domain.BaseDn, SearchScope.Subtree, any, _attributes)))
        {
            case null:
                return Trouble(DirectoryTrouble.Down);
            case [var entry]:
                return Entry(entry, domain, subaddress);
            case []:
                break;
            default:
                return Trouble(DirectoryTrouble.Wrong($"more than one entry below \"{domain.BaseDn}\" takes all mail of \"{domain.Name}\""));
        }

        if (domain.CatchAll is not { } address) return new RecipientFinding.None();
        return AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var target }
            ? new RecipientFinding.CatchAll(domain.EntryDn, target)
            : Trouble(DirectoryTrouble.Wrong($"mailDomainCatchallAddress \"{address}\" of \"{domain.EntryDn}\" is no address"));
    }

    private RecipientFinding Entry(DirectoryEntry entry, DirectoryDomain domain, string subaddress)
    {
        bool isGroup = IsOf(options.GroupClasses, entry);
        if (!isGroup && !IsOf(options.UserClasses, entry)) return new RecipientFinding.None();
        EntryStatus status = EntryStatuses.Of(entry, isGroup ? EntryStatuses.OfGroup : EntryStatuses.OfUser);

        // The first status that is not active decides, and the domain's comes first.
        bool held = domain.Status == EntryStatus.Hold || status == EntryStatus.Hold;
        if (!held && status != EntryStatus.Active) return Closed(status, entry.Name);
        return new RecipientFinding.Found(new DirectoryRecipient(entry, domain, isGroup, held, subaddress));
    }

    /// <param name="classes">alternatives; <c>+</c> joins classes that must all be there.</param>
    private static bool IsOf(ImmutableArray<string> classes, DirectoryEntry entry)
    {
        ImmutableArray<string> has = entry.Values("objectClass");
        return classes.Any(c => c.Split('+').All(part => has.Contains(part, StringComparer.OrdinalIgnoreCase)));
    }

    private static RecipientFinding.Refused Closed(EntryStatus status, string dn)
    {
        ExpansionFault fault = status switch
        {
            EntryStatus.Deleted => new ExpansionFault(550, new EnhancedCode(5, 1, 6), "mailbox no longer exists"),
            EntryStatus.Removed => new ExpansionFault(550, new EnhancedCode(5, 1, 1), "unknown or illegal alias"),
            EntryStatus.Disabled => new ExpansionFault(550, new EnhancedCode(5, 2, 1), "mailbox disabled"),
            EntryStatus.OverQuota => new ExpansionFault(452, new EnhancedCode(4, 2, 2), "mailbox full", WaitsAlone: true),
            _ => new ExpansionFault(450, new EnhancedCode(4, 2, 1), "mailbox temporarily unavailable", WaitsAlone: true),
        };
        return new RecipientFinding.Refused(fault, $"\"{dn}\" has status {status.ToString().ToLowerInvariant()}");
    }

    private static RecipientFinding.Refused Trouble(DirectoryTrouble trouble) => new(trouble.Fault, trouble.Text);
}
