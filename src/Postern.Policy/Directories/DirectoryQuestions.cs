using System.Collections.Immutable;
using System.Text;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>
/// What is asked of the directory besides recipients: the attribute of a domain that a mapping wants (<c>$}domain,attribute{</c>), and the
/// entry of somebody who logs in. Like every question to the policy it is asked again with each search answered.
/// </summary>
public sealed class DirectoryQuestions(ConfigurationSnapshot snapshot)
{
    private readonly DirectoryOptions _options = snapshot.Options.Directory;
    private readonly DomainLookup _domains = new(snapshot.Options.Directory);

    /// <summary>The first value of an attribute of a domain's entry, or one of the names <c>_base_dn_</c>, <c>_domain_dn_</c>, <c>_domain_name_</c>, <c>_canonical_name_</c>.</summary>
    public DirectoryAnswer<string> DomainAttribute(string domain, string attribute, CalloutAnswers answers)
    {
        Inquiry inquiry = new(answers, static () => 0);
        if (Channels.ChannelTable.KeyOf(domain) is not { } key || key[0] == '[') return new DirectoryAnswer<string>(null);
        switch (_domains.Find(key, inquiry))
        {
            case DomainFinding.Found { Domain: var found }:
                return attribute.ToLowerInvariant() switch
                {
                    "_base_dn_" => new DirectoryAnswer<string>(found.BaseDn),
                    "_domain_dn_" => new DirectoryAnswer<string>(found.EntryDn),
                    "_domain_name_" => new DirectoryAnswer<string>(found.Name),
                    "_canonical_name_" => new DirectoryAnswer<string>(found.Canonical),
                    _ when !DirectoryFilterParser.IsDescription(attribute) => new DirectoryAnswer<string>(null),
                    _ => Answer(
                        inquiry.Search(new DirectorySearch(found.EntryDn, SearchScope.Base, DirectoryFilter.Everything, [attribute])),
                        entries => entries.FirstOrDefault()?.First(attribute),
                        inquiry),
                };
            case DomainFinding.Unavailable:
                return new DirectoryAnswer<string>(null, Unavailable: true) { Pending = inquiry.Pending };
            default:
                return new DirectoryAnswer<string>(null);
        }
    }

    /// <summary>The one entry that a login name stands for, if its owner may log in: deleted, disabled, inactive and held users may not.</summary>
    /// <param name="name">with or without domain.</param>
    public DirectoryAnswer<DirectoryLogin> Login(string name, CalloutAnswers answers)
    {
        Inquiry inquiry = new(answers, static () => 0);
        string whole = name.Contains('@', StringComparison.Ordinal) ? name : $"{name}@{snapshot.DefaultDomain}";
        if (AddressParser.Parse(whole, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Domain: MailDomain.Name { Key: var domain }, Local.Value: var local } })
            return new DirectoryAnswer<DirectoryLogin>(null);
        switch (_domains.Find(domain, inquiry))
        {
            case DomainFinding.Found { Domain: { Status: EntryStatus.Active or EntryStatus.OverQuota } found }:
                ImmutableArray<string> wanted = ["mail", .. EntryStatuses.OfUser];
                return Answer(
                    inquiry.Search(new DirectorySearch(found.BaseDn, SearchScope.Subtree, Fill(_options.LoginFilter, local, domain), wanted)),
                    entries => entries is [var only] ? LoginOf(only) : null,
                    inquiry);
            case DomainFinding.Unavailable:
                return new DirectoryAnswer<DirectoryLogin>(null, Unavailable: true) { Pending = inquiry.Pending };
            default:
                return new DirectoryAnswer<DirectoryLogin>(null);
        }
    }

    private static DirectoryLogin? LoginOf(DirectoryEntry entry) =>
        EntryStatuses.Of(entry, EntryStatuses.OfUser) is EntryStatus.Active or EntryStatus.OverQuota
        && entry.First("mail") is { } address && UserDirectory.KeyOf(address) is { } key
            ? new DirectoryLogin(entry.Name, key)
            : null;

    private static DirectoryAnswer<T> Answer<T>(ImmutableArray<DirectoryEntry>? entries, Func<ImmutableArray<DirectoryEntry>, T?> read, Inquiry inquiry)
        where T : class =>
        entries is { } found ? new DirectoryAnswer<T>(read(found)) : new DirectoryAnswer<T>(null, Unavailable: true) { Pending = inquiry.Pending };

    /// <summary>Puts the name into the values of the filter; they stay values, whatever the name holds.</summary>
    private static DirectoryFilter Fill(DirectoryFilter filter, string local, string domain)
    {
        string With(string text)
        {
            StringBuilder filled = new();
            for (int i = 0; i < text.Length; i++)
            {
                string? part = text[i] != '%' || i + 1 == text.Length
                    ? null
                    : text[i + 1] switch { 'U' => local, 'V' => domain, 'o' => $"{local}@{domain}", '%' => "%", _ => null };
                filled.Append(part ?? text[i].ToString());
                if (part is not null) i++;
            }

            return filled.ToString();
        }

        return filter switch
        {
            DirectoryFilter.And and => new DirectoryFilter.And([.. and.Parts.Select(p => Fill(p, local, domain))]),
            DirectoryFilter.Or or => new DirectoryFilter.Or([.. or.Parts.Select(p => Fill(p, local, domain))]),
            DirectoryFilter.Not not => new DirectoryFilter.Not(Fill(not.Part, local, domain)),
            DirectoryFilter.Compare compare => compare with { Value = With(compare.Value) },
            DirectoryFilter.Extensible extensible => extensible with { Value = With(extensible.Value) },
            _ => filter,
        };
    }
}
