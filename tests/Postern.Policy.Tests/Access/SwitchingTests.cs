using System.Net;
using CsCheck;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>Every stage of source channel switching by itself and after the others, on a configuration with a channel for each.</summary>
public sealed class SwitchingTests
{
    private static readonly CaseTable Cases = CaseTable.Read("channel/switching.case");
    private static readonly Site Site = new(SiteFiles.Read("channel/switching"));

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Session_is_switched_by_what_is_known_of_it(string name)
    {
        CaseTable.Row row = Cases[name];
        SessionFacts facts = Facts(row["service"], row["client"], NameOf(row["rdns"]));
        if (row["tls"].Length > 0)
        {
            facts = facts with { Tls = "TLS1.3:TLS_AES_256_GCM_SHA384" };
            facts = facts with { Source = Site.Policy.SourceAfterTls(facts) };
        }

        if (row["user"] is { Length: > 0 } user)
            facts = facts with { Source = Site.Policy.SourceAfterAuthentication(facts, user), AuthenticatedUser = user };
        SourceChannel ofSession = facts.Source;
        facts = facts with { Source = Site.Policy.SourceAtSender(facts, Site.Sender(row["from"])) };

        string told = $"{row}: {facts.Source.Reason}\n{string.Join('\n', facts.Source.Path.Steps)}";
        Assert.True(row["channel"] == facts.Source.Current.ToString(), told);
        Assert.True(row["by"] == facts.Source.Kind.ToString(), told);
        Assert.True(facts.Source.Reason.Contains(row["because"], StringComparison.Ordinal), told);
        Assert.Equal(ofSession.Initial, facts.Source.Initial);
        CheckPath(facts.Source, told);
        if (row["from"] != "@isp.test:bulk@example.com") ExpectedAnswer.Check(row["answer"], Site.Recipient(facts, row["from"], "x@isp.test"), "x@isp.test", told);
    }

    [Fact]
    public void Unconfirmed_name_never_chooses_a_channel() => Gen.Select(HostName, OneOf("named", "symbolic", "idtcp", "idsymbolic")).Sample(
        (name, service) =>
        {
            SourceChannel without = Facts(service, "203.0.113.9", null).Source;
            SourceChannel with = Facts(service, "203.0.113.9", ClientName.Of(name, confirmed: false)).Source;
            Assert.Equal(without.Current, with.Current);
        },
        iter: 2000);

    [Theory]
    [InlineData("named", "203.0.113.9")]
    [InlineData("smtp", "10.1.2.3")]
    [InlineData("smtp", "127.0.0.1")]
    public void Proxy_that_names_no_client_switches_nothing(string service, string client)
    {
        ClientConnection connection = Connection(service, client) with { IsProxy = true, Name = ClientName.Of("host1.corp.example.com", confirmed: true) };
        SourceChannel source = Site.Policy.SourceAtConnect(connection);
        Assert.Equal((source.Initial, SourceChannelReason.Listener), (source.Current, source.Kind));
        Assert.EndsWith($"{client} is a proxy, whose address switches nothing", source.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("named", "203.0.113.9", true, true)]
    [InlineData("named", "192.0.2.66", true, true)]
    [InlineData("named", "10.1.2.3", false, false)]
    [InlineData("named", "192.0.2.68", false, true)]
    [InlineData("symbolic", "203.0.113.9", true, true)]
    [InlineData("limited", "203.0.113.9", false, true)]
    [InlineData("smtp", "203.0.113.9", false, false)]
    [InlineData("idnumeric", "203.0.113.9", false, false)]
    [InlineData("plain", "203.0.113.9", false, true)]
    public void Name_is_asked_for_only_where_it_is_used(string service, string client, bool switches, bool shows)
    {
        ClientConnection connection = Connection(service, client);
        SourceChannel source = Site.Policy.SourceAtConnect(connection);
        Assert.Equal((switches, shows), (Site.Policy.NameMaySwitch(connection, source), Site.Policy.ShowsName(source)));
    }

    [Theory]
    [InlineData("tcp_named", "host.test", true, "host.test", "203.0.113.9")]
    [InlineData("tcp_named", "host.test", false, "host.test*", "203.0.113.9")]
    [InlineData("tcp_limited", "host.test", false, "host.test", "203.0.113.9")]
    [InlineData("tcp_symbolic", "host.test", true, "host.test", null)]
    [InlineData("tcp_symbolic", "host.test", false, null, "203.0.113.9")]
    [InlineData("tcp_symbolic", null, false, null, "203.0.113.9")]
    [InlineData("tcp_idsymbolic", "host.test", false, "host.test*", null)]
    [InlineData("tcp_idnumeric", "host.test", true, null, "203.0.113.9")]
    public void Ident_form_says_what_is_shown_of_the_client(string channel, string? name, bool confirmed, string? shownName, string? shownAddress)
    {
        ClientConnection connection = Connection("named", "203.0.113.9") with { Name = name is null ? null : ClientName.Of(name, confirmed) };
        (string? Name, IPAddress? Address) shown = connection.ShownBy(Site.Policy.Snapshot.Channels.FindByName(new ChannelName(channel)));
        Assert.Equal((shownName, shownAddress), (shown.Name, shown.Address?.ToString()));
    }

    [Theory]
    [InlineData("host.example", "host.example")]
    [InlineData("Host.Example.", "host.example")]
    [InlineData("a_b.example", "a_b.example")]
    [InlineData("tcp_intranet-daemon", null)]
    [InlineData("localhost", null)]
    [InlineData("10.1.2.3", null)]
    [InlineData("[10.1.2.3]", null)]
    [InlineData("x.10", null)]
    [InlineData("a b.example", null)]
    [InlineData("a(b).example", null)]
    [InlineData("a.example\r\nX: y", null)]
    [InlineData("a@b.example", null)]
    [InlineData("", null)]
    [InlineData(".", null)]
    public void Client_name_is_a_full_host_name_or_none(string text, string? name) => Assert.Equal(name, ClientName.Of(text, confirmed: true)?.Domain.Key);

    private static readonly Gen<string> HostName = Gen.OneOf(
        OneOf("host1.corp.example.com", "corp.example.com", "closed.example", "mta.example.com", "tcp_intranet-daemon.test", "isp.test"),
        OneOf("a", "host1", "corp", "example", "com", "10", "mta", "*", "tcp_intranet-daemon").Array[1, 5].Select(labels => string.Join('.', labels)));

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    /// <summary>"?" behind the name: not confirmed.</summary>
    private static ClientName? NameOf(string text) => text.Length == 0 ? null : ClientName.Of(text.TrimEnd('?'), confirmed: !text.EndsWith('?'))!;

    private static ClientConnection Connection(string service, string client)
    {
        IPAddress address = IPAddress.Parse(client);
        return new ClientConnection(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address, 40000, IPAddress.Parse("192.0.2.25"), 25, service);
    }

    private static SessionFacts Facts(string service, string client, ClientName? name)
    {
        ClientConnection connection = Connection(service, client) with { Name = name };
        return new SessionFacts(connection, Site.Policy.SourceAtConnect(connection), "client.ext.example", Extended: true);
    }

    /// <summary>The path begins at the listener, and its last stage is where the session is.</summary>
    private static void CheckPath(SourceChannel source, string told)
    {
        ExplanationStep.Source[] stages = [.. source.Path.Steps.OfType<ExplanationStep.Source>()];
        Assert.True(stages.Length > 0 && stages[0].Channel == source.Initial.ToString() && stages[^1].Channel == source.Current.ToString(), told);
        Assert.Equal("dispatcher.cnf", stages[0].Position?.File);
        Assert.Contains(stages, s => source.Reason.EndsWith(s.Reason, StringComparison.Ordinal));
    }
}
