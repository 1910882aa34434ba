using System.Globalization;
using System.Reflection;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Postern.Smtp.Session;
using Xunit;

namespace Postern.Policy.Tests.Channels;

/// <summary>What options do to sessions and addresses, row by row.</summary>
public sealed class ChannelEffectTests
{
    private static readonly CaseTable Cases = CaseTable.Read("channel/effects.case");

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Option_has_its_effect(string name)
    {
        CaseTable.Row row = Cases[name];
        Site site = new(Files(row["channel"], row["options"]));
        SessionFacts facts = site.Session(row["client"], tls: true);
        string result = row["ask"].Split(' ', 2) switch
        {
            ["mail", var address] => Kept(site, facts, Site.Sender(address)),
            ["rcpt", var recipient] => Reached(site, facts, recipient),
            ["vrfy", var address] => site.Policy.Verify(facts, address).Reply.ToString(),
            [var property] => Text(typeof(SessionTerms).GetProperty(property, BindingFlags.Public | BindingFlags.Instance)!
                .GetValue(site.Policy.Terms(facts.Source, facts.Tls, facts.AuthenticatedUser, hasCertificate: true))),
            _ => throw new InvalidDataException($"{row}: unknown question"),
        };
        Assert.True(row["want"] == result, $"{row}: {result}");
    }

    private static SiteFiles Files(string channel, string options)
    {
        Dictionary<string, string> files = InitialConfiguration.Write(new InitialConfigurationChoices
        {
            Domains = ["example.com"],
            HostName = "mta.example.com",
            Internal = ["10.0.0.0/8"],
            InternalDomains = ["corp.example.com"],
        }).ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        files["users"] = files.GetValueOrDefault("users", "") + "bob@example.com *\n";
        files["aliases"] += "away: away@other.example\nredirected@corp.example.com: bob@example.com\n";
        string[] lines = files["postern.cnf"].Split('\n');
        int last = Array.FindIndex(lines, l => l == channel || l.StartsWith(channel + " ", StringComparison.Ordinal));
        while (lines[last].EndsWith('\\')) last++;
        lines[last] += " " + options;
        files["postern.cnf"] = string.Join('\n', lines);
        return new SiteFiles(files);
    }

    private static string Kept(Site site, SessionFacts facts, ReversePath sender)
    {
        Decision decision = site.Policy.Sender(facts, sender);
        return decision.Verdict == Verdict.Accept ? decision.SenderReplacement ?? (sender.IsNull ? "<>" : sender.ToString()) : decision.Reply.ToString();
    }

    private static string Reached(Site site, SessionFacts facts, string asked)
    {
        string[] words = asked.Split(' ');
        long? size = words is [_, "size", var octets] ? long.Parse(octets, CultureInfo.InvariantCulture) : null;
        Mailbox mailbox = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(words[0], smtpUtf8: false)).Mailbox;
        Decision decision = site.Policy.Recipient(facts, Site.Sender("s@ext.example"), new ForwardPath(mailbox, words[0]), terms: new EnvelopeTerms(size));
        return decision.Verdict == Verdict.Accept ? string.Join(' ', decision.Recipients.Select(r => $"{r.Address} {r.Channel}")) : decision.Reply.ToString();
    }

    private static string Text(object? value) => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
}
