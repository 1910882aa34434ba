using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>
/// The members of a group (Schema Reference, "mgrpDeliverTo", "memberURL", "uniqueMember", "mgrpRFC822MailMember"): entries found by URL,
/// entries named, and addresses written out. A member that is a group itself counts by its own address, and is expanded
/// when mail gets there.
/// </summary>
internal static class GroupMembers
{
    private static readonly ImmutableArray<string> Urls = ["mgrpDeliverTo", "memberURL"];
    private static readonly ImmutableArray<string> Names = ["uniqueMember", "member"];
    private static readonly ImmutableArray<string> Written = ["mgrpRFC822MailMember", "rfc822MailMember"];

    public static ImmutableArray<string> Attributes { get; } = [.. Urls, .. Names, .. Written];

    /// <param name="trouble">not null when the members cannot be told now; what is known of them is then no answer.</param>
    public static ImmutableArray<GroupMember> Of(DirectoryEntry group, Inquiry inquiry, out DirectoryTrouble? trouble)
    {
        ImmutableArray<GroupMember>.Builder members = ImmutableArray.CreateBuilder<GroupMember>();
        trouble = null;
        foreach (string url in Urls.SelectMany(a => group.Values(a))) members.AddRange(ByUrl(url, inquiry, ref trouble));
        foreach (string dn in Names.SelectMany(a => group.Values(a)))
        {
            DirectorySearch named = new(dn, SearchScope.Base, DirectoryFilter.Everything, RecipientLookup.AddressAttributes);
            members.AddRange(Found(named, inquiry, "mail", ref trouble));
        }

        foreach (string written in Written.SelectMany(a => group.Values(a)))
        {
            if (Written822(written) is { } member) members.Add(member);
            else trouble ??= DirectoryTrouble.Wrong($"member \"{written}\" of \"{group.Name}\" is no address");
        }

        return members.ToImmutable();
    }

    /// <summary>The entries that an LDAP URL of the directory finds, by the attribute it names, else by <c>mail</c>.</summary>
    public static ImmutableArray<GroupMember> ByUrl(string url, Inquiry inquiry, ref DirectoryTrouble? trouble)
    {
        if (DirectorySearch.Parse(url, out string? fault) is { } search)
        {
            string wanted = search.Attributes is [var first, ..] ? first : "mail";
            ImmutableArray<string> attributes = [.. RecipientLookup.AddressAttributes.Append(wanted).Distinct(StringComparer.OrdinalIgnoreCase)];
            return Found(search with { Attributes = attributes }, inquiry, wanted, ref trouble);
        }

        trouble ??= DirectoryTrouble.Wrong($"URL \"{url}\" cannot be used: {fault}");
        return [];
    }

    /// <summary>An address written out, with or without <c>mailto:</c>; null when it is none.</summary>
    public static GroupMember? Written822(string text)
    {
        string address = WithoutScheme(text);
        return AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }
            ? new GroupMember(mailbox, UserDirectory.KeyOf(address) is { } key ? [key] : [])
            : null;
    }

    public static string WithoutScheme(string text) =>
        (text.StartsWith("mailto:", StringComparison.OrdinalIgnoreCase) ? text["mailto:".Length..] : text).Trim();

    private static ImmutableArray<GroupMember> Found(DirectorySearch search, Inquiry inquiry, string wanted, ref DirectoryTrouble? trouble)
    {
        if (inquiry.Search(search) is not { } entries)
        {
            trouble ??= DirectoryTrouble.Down;
            return [];
        }

        // An entry without an address is a person without mail, which is no fault of the group.
        return
        [
            .. entries.Select(e => (Entry: e, Address: e.First(wanted)))
                .Where(e => e.Address is not null && AddressParser.Parse(e.Address, smtpUtf8: true) is AddressParse.Parsed)
                .Select(e => new GroupMember(
                    ((AddressParse.Parsed)AddressParser.Parse(e.Address!, smtpUtf8: true)).Mailbox,
                    [.. RecipientLookup.AddressAttributes.Append(wanted).SelectMany(a => e.Entry.Values(a)).Select(UserDirectory.KeyOf).OfType<string>()])),
        ];
    }
}
