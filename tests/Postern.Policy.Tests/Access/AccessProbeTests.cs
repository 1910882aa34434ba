using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>The exact probe of each table, and what its answer does.</summary>
public sealed class AccessProbeTests
{
    private const string Port = "TCP|192.0.2.25|25|203.0.113.9|40000";
    private const string Application = "SMTP/client.ext.example";

    private static readonly SiteFiles Seed = SiteFiles.Read("access/site");

    [Theory]
    [InlineData("ORIG_SEND_ACCESS", "tcp_local|s@ext.example|l|list@example.com")]
    [InlineData("ORIG_MAIL_ACCESS", Port + "|" + Application + "|MAIL|tcp_local|s@ext.example|l|list@example.com")]
    [InlineData("SEND_ACCESS", "tcp_local|s@ext.example|tcp_local|v@other.example")]
    [InlineData("MAIL_ACCESS", Port + "|" + Application + "|MAIL|tcp_local|s@ext.example|tcp_local|v@other.example")]
    public void Recipient_tables(string table, string probe) => Assert.Equal(probe, ProbesOf(With(table, "*  $Y"), table)[0]);

    [Theory]
    [InlineData("ACCESS_AUTH=1", "|")]
    [InlineData("ACCESS_ORCPT=2", "|rfc822;list@example.com")]
    [InlineData("ACCESS_COUNTS=3", "|2/5/")]
    [InlineData("INCLUDE_CONVERSIONTAG=8", "|red,blue")]
    [InlineData("ACCESS_COUNTS=1\nACCESS_ORCPT=1\nACCESS_AUTH=1\nINCLUDE_CONVERSIONTAG=8", "||rfc822;list@example.com|2/5/|red,blue")]
    [InlineData("ACCESS_COUNTS=28\nACCESS_ORCPT=28\nACCESS_AUTH=28\nINCLUDE_CONVERSIONTAG=112", "")]
    public void Optional_fields_follow_in_their_order(string options, string fields)
    {
        EnvelopeTerms terms = new(Recipients: 5, Commands: 2) { Tags = ["red", "blue"] };
        SiteFiles files = With("SEND_ACCESS", "nothing  $Y").With("option.dat", text => $"{text}\n{options}\n");
        Assert.Equal($"tcp_local|s@ext.example|l|list@example.com{fields}", ProbesOf(files, "ORIG_SEND_ACCESS", terms)[0]);
    }

    [Fact]
    public void Domains_are_shown_in_ASCII_letters_and_local_parts_as_they_are()
    {
        Site site = new(Seed);
        Mailbox from = Address("jörg@Bücher.example"), to = Address("用户@Bücher.test");
        Decision decision = site.Policy.Recipient(site.Session("203.0.113.9"), new ReversePath(from, ""), new ForwardPath(to, ""));
        Assert.Equal("tcp_local|jörg@xn--bcher-kva.example|tcp_local|用户@xn--bcher-kva.test", decision.Explanation.Steps.OfType<ExplanationStep.Probe>().First(p => p.Table == "ORIG_SEND_ACCESS").Input);
    }

    [Fact]
    public void Original_recipient_of_the_client_is_the_one_shown()
    {
        EnvelopeTerms terms = new(OriginalRecipient: "rfc822;first@ext.example");
        SiteFiles files = Seed.With("option.dat", text => $"{text}\nACCESS_ORCPT=1\n");
        Assert.EndsWith("|rfc822;first@ext.example", ProbesOf(files, "ORIG_SEND_ACCESS", terms)[0]);
    }

    [Fact]
    public void Tags_of_one_table_are_shown_to_the_next()
    {
        SiteFiles files = With("ORIG_MAIL_ACCESS", "*  $Gblue,$ green").With("option.dat", text => $"{text}\nINCLUDE_CONVERSIONTAG=16\n")
            .With("mappings", text => text + "\nSEND_ACCESS\n\n  nothing  $Y\n");
        Assert.Equal("tcp_local|s@ext.example|tcp_local|v@other.example|red,blue,green", ProbesOf(files, "SEND_ACCESS", new EnvelopeTerms { Tags = ["red"] })[0]);
    }

    [Theory]
    [InlineData(Notify.None, "250")]
    [InlineData(Notify.Success, "550 5.7.1 success: list@example.com")]
    [InlineData(Notify.Failure | Notify.Delay, "550 5.7.1 failure: list@example.com")]
    [InlineData(Notify.Delay, "550 5.7.1 delay: list@example.com")]
    public void Notifications_asked_for_are_input_flags(Notify notify, string reply)
    {
        Site site = new(With("ORIG_MAIL_ACCESS", "*  $C$:S$Nsuccess$E", "*  $C$:F$Nfailure$E", "*  $C$:D$Ndelay$E", "*  $Y"));
        Assert.StartsWith(reply, Recipient(site, new EnvelopeTerms(Notify: notify)).Reply.ToString());
    }

    [Theory]
    [InlineData("a|l|b", "?", "a?l?b@ext.example")]
    [InlineData("a|l|b", "0", "a|l|b@ext.example")]
    [InlineData("a|l|b", "_", "a_l_b@ext.example")]
    public void Bars_in_addresses_are_replaced(string local, string option, string field)
    {
        Site site = new(Seed.With("option.dat", text => $"{text}\nMAPPING_PARANOIA={option}\n"));
        Decision decision = site.Recipient(site.Session("203.0.113.9"), $"{local}@ext.example", "list@example.com")!;
        Assert.Equal($"tcp_local|{field}|l|list@example.com", decision.Explanation.Steps.OfType<ExplanationStep.Probe>().First().Input);
    }

    [Theory]
    [InlineData("*|*|*|*|*  $C$:AY", "", 1, true)]
    [InlineData("*|*|*|*|*  $C$;A$N421$ later$E", "421 later", 2, false)]
    [InlineData("*|*|*|*|*  $C$:A$N421$ later$E", "421 later", 1, false)]
    public void PORT_ACCESS_is_asked_again_where_the_channel_authenticates(string entry, string reply, int probes, bool accepted)
    {
        Site site = new(Seed.With("mappings", text => text + $"\nPORT_ACCESS\n\n  {entry}\n  *  $YEXTERNAL\n"));
        Decision decision = site.Policy.Connect(new ClientConnection(IPAddress.Parse("203.0.113.9"), 40000, IPAddress.Parse("192.0.2.25"), 25, "smtp"));
        Assert.Equal(accepted, decision.Verdict == Verdict.Accept);
        if (!accepted) Assert.Equal(reply, decision.Reply.ToString());
        ExplanationStep.Probe[] asked = [.. decision.Explanation.Steps.OfType<ExplanationStep.Probe>()];
        Assert.Equal(probes, asked.Length);
        Assert.All(asked, p => Assert.Equal(Port, p.Input));
    }

    [Fact]
    public void FROM_ACCESS()
    {
        Site site = new(With("FROM_ACCESS", "*  $N$X$<$>Seen|Refused|4.7.1|Not$ now"));
        Decision decision = site.Policy.Sender(site.Session("203.0.113.9"), Site.Sender("s@ext.example"));
        Assert.Equal((Verdict.Defer, "450 4.7.1 Not now: s@ext.example"), (decision.Verdict, decision.Reply.ToString()));
        Assert.Equal($"{Port}|{Application}|MAIL|tcp_local|s@ext.example|", Assert.Single(decision.Explanation.Steps.OfType<ExplanationStep.Probe>()).Input);
        Assert.Equal(["Seen; Refused"], decision.LogTexts);
    }

    [Theory]
    [InlineData("nothing  $Y", Verdict.Accept, "235 2.7.0 may authenticate")]
    [InlineData("*  $N", Verdict.Reject, "535 5.7.8 authentication credentials invalid")]
    [InlineData("*|PLAIN|*  $NNot$ by$ PLAIN", Verdict.Reject, "535 5.7.8 Not by PLAIN")]
    [InlineData("*  $;T$NTLS$ first", Verdict.Reject, "535 5.7.8 TLS first")]
    [InlineData("*|bob@*  $N$X4.7.0|Later", Verdict.Defer, "454 4.7.0 Later")]
    [InlineData("*  $[dns_verify,x.test|$$Y|$$N]", Verdict.Defer, "454 4.7.0 temporary authentication failure")]
    public void AUTH_ACCESS(string entry, Verdict verdict, string reply)
    {
        Site site = new(With("AUTH_ACCESS", entry));
        Decision decision = site.Policy.Authentication(site.Session("203.0.113.9"), "PLAIN", "bob@example.com");
        Assert.Equal((verdict, reply), (decision.Verdict, decision.Reply.ToString()));
        Assert.Equal($"{Port}|{Application}|tcp_local|PLAIN|bob@example.com", decision.Explanation.Steps.OfType<ExplanationStep.Probe>().Single().Input);
    }

    [Theory]
    [InlineData("nothing  $N", Verdict.Accept, "198.51.100.4", "")]
    [InlineData("tcp_local|2|3|198.51.100.4|mx.example  $NBad$ neighbours", Verdict.Reject, "198.51.100.4", "Bad neighbours")]
    [InlineData("*|$(198.51.100.0/24)|*  $I", Verdict.Defer, "198.51.100.4", "tcp_local|2|3|198.51.100.4|mx.example")]
    [InlineData("*  $A192.0.2.77", Verdict.Accept, "192.0.2.77", "192.0.2.77")]
    [InlineData("*  $[dns_verify,x.test|$$A192.0.2.77|$$N]", Verdict.Defer, "198.51.100.4", "the answer of callout \"dns_verify\" is needed")]
    public void IP_ACCESS(string entry, Verdict verdict, string address, string text)
    {
        Site site = new(With("IP_ACCESS", entry));
        AddressAnswer answer = site.Policy.OutgoingAddress(new ChannelName("tcp_local"), 2, 3, IPAddress.Parse("198.51.100.4"), "mx.example");
        Assert.Equal((verdict, address), (answer.Verdict, answer.Address.ToString()));
        if (verdict != Verdict.Accept && !text.StartsWith("tcp_local", StringComparison.Ordinal)) Assert.Equal(text, answer.Text);
    }

    [Fact]
    public void IP_ACCESS_without_an_address_in_place_of_it_connects_to_nothing()
    {
        Site site = new(With("IP_ACCESS", "*  $Anowhere"));
        Assert.Contains(site.Diagnostics, d => d.Text == "entry \"*\": $A \"nowhere\" is no address");
        Assert.Equal(Verdict.Defer, site.Policy.OutgoingAddress(new ChannelName("tcp_local"), 1, 1, IPAddress.Parse("198.51.100.4"), "mx.example").Verdict);
    }

    [Theory]
    [InlineData("nothing  $N", true, null, "")]
    [InlineData("tcp_local|id1|90|s@ext.example||bob@example.com|0|next.test  $NNot$ now", false, null, "Not now")]
    [InlineData("*  $N$S600", false, 600, "")]
    [InlineData("*  $N$S600|At$ night$ only", false, 600, "At night only")]
    [InlineData("*  $[dns_verify,x.test|$$Y|$$N]", false, null, "the answer of callout \"dns_verify\" is needed")]
    public void DEQUEUE_ACCESS(string entry, bool goes, int? seconds, string text)
    {
        Site site = new(With("DEQUEUE_ACCESS", entry));
        DequeueAnswer answer = site.Policy.Dequeue(new DequeuedCopy(new ChannelName("tcp_local"), "id1", TimeSpan.FromSeconds(90.7), "s@ext.example", "bob@example.com", "next.test"));
        Assert.Equal((goes, seconds is { } s ? TimeSpan.FromSeconds(s) : (TimeSpan?)null, text), (answer.Goes, answer.After, answer.Text));
    }

    [Fact]
    public void Group_check_is_an_error_of_loading()
    {
        List<string> errors = [.. Postern.Policy.Configuration.ConfigurationLoader
            .Load("/site", With("MAIL_ACCESS", "*  $Iuser|group$N"), new Dictionary<string, string>(), 1).Diagnostics.Where(d => d.IsError).Select(d => d.Text)];
        Assert.Equal(["entry \"*\": \"$I\" is not supported in table \"MAIL_ACCESS\""], errors);
    }

    private static SiteFiles With(string table, params string[] entries) => Seed.With("mappings", text => table == "ORIG_SEND_ACCESS"
        ? text
        : $"{text}\n{table}\n\n{string.Concat(entries.Select(e => $"  {e}\n"))}");

    private static string[] ProbesOf(SiteFiles files, string table, EnvelopeTerms? terms = null) =>
        [.. Recipient(new Site(files), terms).Explanation.Steps.OfType<ExplanationStep.Probe>().Where(p => p.Table == table).Select(p => p.Input)];

    private static Mailbox Address(string text) => Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(text, smtpUtf8: true)).Mailbox;

    private static Decision Recipient(Site site, EnvelopeTerms? terms)
    {
        AddressParse.Parsed parsed = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse("list@example.com", smtpUtf8: false));
        return site.Policy.Recipient(site.Session("203.0.113.9"), Site.Sender("s@ext.example"), new ForwardPath(parsed.Mailbox, "list@example.com"), terms: terms);
    }
}
