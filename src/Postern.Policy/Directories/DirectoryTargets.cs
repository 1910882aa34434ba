using System.Collections.Immutable;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>
/// Where mail for an entry goes (Administration Guide 6.3, "Processing order of LDAP entries"): held entries to the hold channel and
/// nowhere else; then deferral; then each value of <c>mailDeliveryOption</c> through its clause. Unless every clause that applies may
/// be carried out on any host, an entry that another host serves goes there.
/// </summary>
/// <param name="isOwnHost">whether a host name is one of ours.</param>
internal sealed class DirectoryTargets(DirectoryOptions options, string defaultDomain, Func<string, bool> isOwnHost)
{
    private const string HoldHost = "hold-daemon";

    /// <param name="reprocessing">the mail comes back from a channel that was to do later what is deferred.</param>
    /// <param name="note">hears of what the entry says and cannot be done.</param>
    public ImmutableArray<DirectoryTarget> Of(DirectoryRecipient recipient, Mailbox address, bool reprocessing, Action<string> note)
    {
        if (recipient.Held) return [new DirectoryTarget.Account(Held(address))];
        if (!reprocessing && recipient.Entry.First("mailDeferProcessing")?.ToLowerInvariant() is "yes" or "true") return [new DirectoryTarget.Later()];
        ImmutableArray<DeliveryClause> clauses = Clauses(recipient, note);
        if (recipient.Entry.First("mailHost") is { } host && !isOwnHost(host) && clauses.Any(c => !c.AnyHost)) return [new DirectoryTarget.MailHost(host)];
        DeliveryTerms terms = Terms(recipient, address);
        ImmutableArray<DirectoryTarget>.Builder targets = ImmutableArray.CreateBuilder<DirectoryTarget>();
        foreach (DeliveryClause clause in clauses)
        {
            if (clause.Offline && !reprocessing) return [new DirectoryTarget.Later()];
            if (clause.IsMembers) targets.Add(new DirectoryTarget.Members());
            else if (clause.IsForwarding) targets.AddRange(Forwarding(recipient, clause, note));
            else if (clause.Address(terms) is { } target) targets.Add(new DirectoryTarget.Account(clause.Holds ? Held(target) : target));
            else note($"mailDeliveryOption \"{clause.Name}\" makes no address");
        }

        return targets.ToImmutable();
    }

    private ImmutableArray<DeliveryClause> Clauses(DirectoryRecipient recipient, Action<string> note)
    {
        ImmutableArray<string> values = recipient.Entry.Values("mailDeliveryOption");
        if (values.IsEmpty) values = [recipient.IsGroup ? "members" : "mailbox"];
        ImmutableArray<DeliveryClause>.Builder clauses = ImmutableArray.CreateBuilder<DeliveryClause>();
        foreach (string value in values)
        {
            if (options.DeliveryOptions.Find(value, recipient.IsGroup) is { } clause) clauses.Add(clause);
            else note($"mailDeliveryOption \"{value}\" is not among the delivery options");
        }

        // The hold option is a whole answer: a copy in the mailbox beside it would defeat it.
        return clauses.FirstOrDefault(c => c is { Holds: true, Name: "hold" }) is { } hold ? [hold] : clauses.ToImmutable();
    }

    private static IEnumerable<DirectoryTarget> Forwarding(DirectoryRecipient recipient, DeliveryClause clause, Action<string> note)
    {
        foreach (string value in recipient.Entry.Values("mailForwardingAddress"))
        {
            if (AddressParser.Parse(value, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var target })
                yield return clause.Holds ? new DirectoryTarget.Account(Held(target)) : new DirectoryTarget.Forward(target);
            else
                note($"mailForwardingAddress \"{value}\" is no address");
        }
    }

    private DeliveryTerms Terms(DirectoryRecipient recipient, Mailbox address)
    {
        string local = address.Local.Value[..^recipient.Subaddress.Length], domain = address.Domain!.Key;

        // In the store "%" stands before a domain, so a subaddress must not bring one.
        string subaddress = recipient.Subaddress.Contains('%', StringComparison.Ordinal) ? "" : recipient.Subaddress;
        return new DeliveryTerms(
            recipient.Uid ?? local,
            local,
            domain,
            address.ToString(),
            recipient.Domain.Canonical == defaultDomain ? "" : recipient.Domain.Canonical,
            subaddress.Length == 0 ? "" : subaddress[1..],
            recipient.Entry.First("mailDeliveryFileURL") ?? "",
            recipient.Entry.First("mailProgramDeliveryInfo") ?? "",
            recipient.Entry.First("mailHost") ?? "");
    }

    private static Mailbox Held(Mailbox address)
    {
        MailDomain hold = new MailDomain.Name(HoldHost, HoldHost);
        return address.Route is [MailDomain.Name { Key: HoldHost }, ..] ? address : address with { Route = address.Route.Insert(0, hold) };
    }
}
