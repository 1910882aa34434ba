using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Server.Dns;
using Postern.Smtp.Addresses;

namespace Postern.Server.Callouts;

/// <summary>
/// The routines of dns_verify (Messaging Server Technical Reference Wiki, "Dns_verify callouts"; Administration Guide 6.3, "Support for
/// DNS-based Databases"). <c>dns_verify</c> asks whether a name can take mail; the others whether a DNS list holds an address.
/// </summary>
/// <remarks>
/// INVARIANT: the answer is template text, so what came from the DNS has its <c>$</c> doubled. Addresses outside 127.0.0.0/8 do not
/// count as an entry: a list that ceased to exist, and is answered by a wildcard, would list everybody (RFC 5782 §5). Neither does
/// 127.255.255.0/24, by which lists say that they refuse the question.
/// </remarks>
public sealed class DnsRoutines(IDnsLookup dns)
{
    private const int LongestText = 252;
    private const string NoText = "No error text available";

    /// <param name="argument"><c>name|text if found|text if not[|text if nobody can tell]</c>; <c>%e</c> in a text is the error.</param>
    public async Task<CalloutAnswer> VerifyAsync(string argument, CancellationToken cancellationToken)
    {
        string[] parts = argument.Split('|', 4);
        (bool? exists, string error) = await ExistsAsync(Plain(parts[0]), cancellationToken);
        int part = exists switch
        {
            true => 1,
            false => 2,
            null => 3,
        };
        if (part < parts.Length) return new CalloutAnswer.Success(parts[part].Replace("%e", error, StringComparison.Ordinal));
        return exists is null ? new CalloutAnswer.Unavailable() : new CalloutAnswer.Failure();
    }

    /// <param name="argument"><c>address,list[,text if the list has none]</c>.</param>
    public async Task<CalloutAnswer> AskListAsync(string routine, string argument, CancellationToken cancellationToken)
    {
        string[] parts = argument.Split(',', 3, StringSplitOptions.TrimEntries);
        if (parts.Length < 2 || !IPAddress.TryParse(Plain(parts[0]), out IPAddress? address) || DomainOf(Plain(parts[1])) is not MailDomain.Name list)
            return new CalloutAnswer.Failure();

        string name = DnsListName.Of(address, list.Key);
        Task<DnsAnswer<IPAddress>> entry = dns.Ipv4AddressesAsync(name, cancellationToken);
        Task<DnsAnswer<string>> text = dns.TextsAsync(name, cancellationToken);
        await Task.WhenAll(entry, text);
        string? found = await text is DnsAnswer<string>.Found { Records: [_, ..] texts } ? Quoted(texts.Order(StringComparer.Ordinal).First()) : null;
        bool? listed = await entry switch
        {
            DnsAnswer<IPAddress>.Found { Records: [] } => found is not null,
            DnsAnswer<IPAddress>.Found { Records: var records } => records.Any(IsEntry),
            DnsAnswer<IPAddress>.NoSuchName => false,
            _ => null,
        };
        if (listed is null) return new CalloutAnswer.Unavailable();
        if (listed is false) return new CalloutAnswer.Failure();
        string? own = parts.Length > 2 && parts[2].Length > 0 ? parts[2] : null;
        return new CalloutAnswer.Success(routine switch
        {
            // At the door the text carries the reply code: the administrator's may, that of a list may not choose one.
            CalloutRoutines.DnsVerifyDomainPort => found is null && own is not null ? $"$N{own}" : $"$N554 5.7.1 {found ?? NoText}",
            CalloutRoutines.DnsVerifyDomainWarn => $"$ARBL-Warning: {found ?? own ?? NoText}",
            _ => $"$N{found ?? own ?? NoText}",
        });
    }

    private async Task<(bool? Exists, string Error)> ExistsAsync(string name, CancellationToken cancellationToken)
    {
        if (DomainOf(name) is not { } domain) return (false, "not a host name");

        // An address in brackets needs no name server.
        if (domain is not MailDomain.Name) return (true, "");
        Task<DnsAnswer<MailExchanger>> exchangers = dns.ExchangersAsync(domain.Key, cancellationToken);
        Task<DnsAnswer<IPAddress>> addresses = dns.AddressesAsync(domain.Key, cancellationToken);
        await Task.WhenAll(exchangers, addresses);
        return (await exchangers, await addresses) switch
        {
            (DnsAnswer<MailExchanger>.Found { Records: [_, ..] records }, _) =>
                records.Any(r => r.Name.Length > 0) ? (true, "") : (false, "host accepts no mail"),
            (_, DnsAnswer<IPAddress>.Found { Records: [_, ..] }) => (true, ""),
            (DnsAnswer<MailExchanger>.Trouble, _) or (_, DnsAnswer<IPAddress>.Trouble) => (null, "no answer from the name servers"),
            (DnsAnswer<MailExchanger>.Found, _) => (false, "no mail host"),
            _ => (false, "unknown host"),
        };
    }

    private static bool IsEntry(IPAddress address) =>
        address.GetAddressBytes() is [127, var second, var third, _] && !(second == 255 && third == 255);

    private static MailDomain? DomainOf(string name) =>
        name.Length is > 0 and <= 253 && AddressParser.Parse($"_@{name}", smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Domain: { } domain } }
            ? domain
            : null;

    /// <summary>As it was before the dollars of matched text were doubled.</summary>
    private static string Plain(string text) => text.Replace("$$", "$", StringComparison.Ordinal);

    /// <summary>Text of strangers as template text: one line, no bar that would end a flag's argument, no dollar that means anything.</summary>
    private static string Quoted(string text)
    {
        string line = string.Concat(text.Where(c => !char.IsControl(c)).Take(LongestText));
        return line.Replace('|', '/').Replace("$", "$$", StringComparison.Ordinal);
    }
}
