using Postern.Mapping.Text;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Directories;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Access;

/// <summary>
/// The source channels that users and domains have of their own, in the users file or, for those who are not in it, in the LDAP directory. A
/// directory that names what is no channel names none; whether one that cannot answer would have is undecided.
/// </summary>
internal sealed class ChannelAttributes(ConfigurationSnapshot snapshot)
{
    private readonly RecipientLookup? _directory = snapshot.Recipients;

    /// <summary>Of the sessions of an authenticated user (<c>mailSMTPSubmitChannel</c>).</summary>
    public (ChannelName Target, SourcePosition At)? SubmitChannel(string user, Inquiry inquiry, out bool undecided)
    {
        undecided = false;
        if (snapshot.Users.Find(user) is { } entry) return entry.SubmitChannel is { } own ? (own, entry.Position) : null;
        return AddressParser.Parse(user, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Domain: not null } address }
            && Entry(address, inquiry, out undecided) is { } found && Named(found.Entry.First(RecipientLookup.SubmitChannel)) is { } channel
            ? (channel, new SourcePosition(found.Entry.Name, 0))
            : null;
    }

    /// <summary>Of the transactions that a sender begins, else of those of its domain (<c>sourceChannel</c>, LDAP_SOURCE_CHANNEL).</summary>
    public (ChannelName Target, string Owner, SourcePosition At)? SourceChannel(Mailbox sender, Inquiry inquiry)
    {
        string domain = sender.Domain!.Key;
        if (snapshot.Users.Find(sender.Local.Value, domain) is { SourceChannel: { } own } user) return (own, user.Address, user.Position);
        if (snapshot.Users.FindDomain(domain) is { SourceChannel: { } shared } entry) return (shared, entry.Domain, entry.Position);
        DirectoryOptions options = snapshot.Options.Directory;
        bool undecided = false;
        if (options.SourceChannelAttribute is { } attribute && Entry(sender, inquiry, out undecided) is { } found && Named(found.Entry.First(attribute)) is { } channel)
            return (channel, sender.ToString(), new SourcePosition(found.Entry.Name, 0));
        return options.DomainSourceChannelAttribute is not null && !undecided
            && _directory?.FindDomain(domain, inquiry) is DomainFinding.Found { Domain: { } place } && Named(place.SourceChannel) is { } ofDomain
            ? (ofDomain, domain, new SourcePosition(place.EntryDn, 0))
            : null;
    }

    private DirectoryRecipient? Entry(Mailbox address, Inquiry inquiry, out bool undecided)
    {
        RecipientFinding? finding = _directory?.Find(address, inquiry);
        undecided = finding is RecipientFinding.Refused { Fault.Code: 451 };
        return finding is RecipientFinding.Found { Recipient: { IsGroup: false } found } ? found : null;
    }

    private ChannelName? Named(string? text) => text is null ? null : snapshot.Channels.FindByName(new ChannelName(text))?.Name;
}
