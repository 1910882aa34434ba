using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Access;
using Postern.Server.Dns;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Server.Admission;

/// <summary>
/// Asks DNS whether mail could go back to a sender (<c>mailfromdnsverify</c>): its domain needs a mail exchanger or an address.
/// A null MX says that nobody there ever sends (RFC 7505 §4.2).
/// </summary>
internal static class SenderDomainCheck
{
    /// <param name="blocked">addresses that count as none (BLOCKED_MAIL_FROM_IPS).</param>
    /// <returns>the refusal; null when there is none, as for the null sender and for addresses without a domain name.</returns>
    public static async Task<Decision?> RefusalAsync(IDnsLookup dns, ReversePath sender, ImmutableArray<IPAddress> blocked, CancellationToken cancellationToken)
    {
        if (sender.Mailbox?.Domain is not MailDomain.Name name) return null;
        switch (await dns.ExchangersAsync(name.Key, cancellationToken))
        {
            case DnsAnswer<MailExchanger>.Found { Records: [_, ..] records }:
                return records.All(r => r.Name.Length == 0) ? Refuse(new SmtpReply(550, "5.7.27", Text("sender address has null MX", sender)), "null MX") : null;
            case DnsAnswer<MailExchanger>.Trouble trouble:
                return Defer(sender, trouble.Reason);
            case DnsAnswer<MailExchanger>.NoSuchName:
                return NotInDns(sender, "there is no such name");
            default:
                break;
        }

        return await dns.AddressesAsync(name.Key, cancellationToken) switch
        {
            DnsAnswer<IPAddress>.Trouble trouble => Defer(sender, trouble.Reason),
            DnsAnswer<IPAddress>.Found { Records: [_, ..] addresses } =>
                addresses.All(a => blocked.Contains(a)) ? NotInDns(sender, "its addresses are among BLOCKED_MAIL_FROM_IPS") : null,
            _ => NotInDns(sender, "it has neither mail exchanger nor address"),
        };
    }

    private static Decision NotInDns(ReversePath sender, string why) =>
        Refuse(new SmtpReply(550, "5.1.8", Text("invalid/host-not-in-DNS return address not allowed", sender)), why);

    private static Decision Defer(ReversePath sender, string why) =>
        new(Verdict.Defer, new SmtpReply(450, "4.1.8", Text("cannot look up the return address now", sender)), Reason(why));

    private static Decision Refuse(SmtpReply reply, string why) => new(Verdict.Reject, reply, Reason(why));

    private static Explanation Reason(string why) => Explanation.Empty.Add(new ExplanationStep.Note($"mailfromdnsverify: {why}"));

    private static string Text(string text, ReversePath sender) => $"{text}: {PrintableText.Of(sender.Given)}";
}
