using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;

namespace Postern.Policy.Directories;

/// <summary>
/// Finds the entry of a mail domain (Administration Guide 6.3, "Domain lookup"; Schema Reference, "inetDomain", "sunManagedOrganization").
/// In schema 1 the domains are a tree of <c>dc</c> entries, each pointing to the base of its users; in schema 2 a domain is the
/// entry that bears its name, and its users are below that entry. With bit 0 of <c>domain_uplevel</c> a domain that is not found
/// is looked for again without its leftmost label.
/// </summary>
internal sealed class DomainLookup(DirectoryOptions options)
{
    /// <summary>A domain alias may lead to another one so often.</summary>
    private const int LongestAliasChain = 5;

    private static readonly ImmutableArray<string> Attributes =
    [
        "objectClass", "inetDomainBaseDN", "aliasedObjectName", "inetCanonicalDomainName", "sunPreferredDomain",
        .. EntryStatuses.OfDomain, "mailRoutingHosts", "mailDomainCatchallAddress",
    ];

    private static readonly DirectoryFilter IsDomain =
        new DirectoryFilter.Or([DirectoryFilter.Equal("objectClass", "inetDomain"), DirectoryFilter.Equal("objectClass", "inetDomainAlias")]);

    private readonly ImmutableArray<string> _attributes = options.DomainSourceChannelAttribute is { } channel ? [.. Attributes, channel] : Attributes;

    private readonly string _root = options.DomainRoot ?? options.UserRoot;

    /// <param name="domain">lower case, A-labels.</param>
    public DomainFinding Find(string domain, Inquiry inquiry)
    {
        string name = domain;
        while (true)
        {
            DomainFinding finding = options.SchemaLevel == 1 ? InTree(name, inquiry) : ByAttribute(name, inquiry);
            int dot = name.IndexOf('.', StringComparison.Ordinal);
            if (finding is not DomainFinding.None || (options.DomainUplevel & 1) == 0 || dot < 0) return finding;
            name = name[(dot + 1)..];
        }
    }

    private DomainFinding ByAttribute(string name, Inquiry inquiry)
    {
        DirectoryFilter filter = new DirectoryFilter.Or([DirectoryFilter.Equal("sunPreferredDomain", name), DirectoryFilter.Equal("associatedDomain", name)]);
        return inquiry.Search(new DirectorySearch(_root, SearchScope.Subtree, filter, _attributes)) switch
        {
            null => new DomainFinding.Unavailable(DirectoryTrouble.Down),
            [] => new DomainFinding.None(),
            [var entry] => Found(name, entry, entry.First("inetDomainBaseDN") ?? entry.Name),
            _ => Ambiguous(name),
        };
    }

    private DomainFinding InTree(string name, Inquiry inquiry)
    {
        string dn = DistinguishedName.OfDomain(name, _root);
        for (int step = 0; step <= LongestAliasChain; step++)
        {
            switch (inquiry.Search(new DirectorySearch(dn, SearchScope.Base, IsDomain, _attributes)))
            {
                case null:
                    return new DomainFinding.Unavailable(DirectoryTrouble.Down);
                case [] when step == 0:
                    return new DomainFinding.None();
                case [{ } entry] when entry.First("aliasedObjectName") is { } target:
                    dn = target;
                    break;
                case [{ } entry]:
                    return entry.First("inetDomainBaseDN") is { } users
                        ? Found(name, entry, users)
                        : new DomainFinding.Unavailable(DirectoryTrouble.Wrong($"the entry \"{entry.Name}\" of a domain has no inetDomainBaseDN"));
                default:
                    return new DomainFinding.Unavailable(DirectoryTrouble.Wrong($"the domain alias \"{name}\" leads to \"{dn}\", which is no domain"));
            }
        }

        return new DomainFinding.Unavailable(DirectoryTrouble.Wrong($"the domain alias \"{name}\" leads to too many others"));
    }

    private static DomainFinding.Unavailable Ambiguous(string name) =>
        new(DirectoryTrouble.Wrong($"more than one entry of the directory is the domain \"{name}\""));

    private DomainFinding.Found Found(string name, DirectoryEntry entry, string users)
    {
        string? canonical = entry.First("inetCanonicalDomainName") ?? entry.First("sunPreferredDomain") ?? NameOf(entry.Name);
        return new DomainFinding.Found(new DirectoryDomain(
            name,
            (canonical is null ? null : ChannelTable.KeyOf(canonical)) ?? name,
            entry.Name,
            users,
            EntryStatuses.Of(entry, EntryStatuses.OfDomain),
            entry.Values("mailRoutingHosts"),
            entry.First("mailDomainCatchallAddress"),
            options.DomainSourceChannelAttribute is { } attribute ? entry.First(attribute) : null));
    }

    /// <summary>The name that the leading <c>dc</c> parts of a distinguished name spell, or null without any.</summary>
    private static string? NameOf(string dn)
    {
        string[] labels = [.. dn.Split(',', StringSplitOptions.TrimEntries)
            .TakeWhile(part => part.StartsWith("dc=", StringComparison.OrdinalIgnoreCase)).Select(part => part[3..])];
        return labels.Length < 2 ? null : string.Join('.', labels);
    }
}
