using System.Net;
using System.Text;
using MailKit.Net.Smtp;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>A PROXY header is believed from listed addresses only, and never gives a client the standing of the proxy itself.</summary>
public sealed class ProxyTests(ProxySite running) : IClassFixture<ProxySite>
{
    private const string Insider = "10.77.0.1";
    private const string Stranger = "203.0.113.9";
    private const string Refused = "550 5.7.1 Relaying not permitted: v@other.test";

    private readonly PosternSite _site = running.Site;

    public static TheoryData<string, int> Claims => new()
    {
        { Insider, 1 }, { Insider, 2 }, { "2001:db8:77::5", 1 }, { "2001:db8:77::5", 2 }, { "::ffff:10.77.0.2", 1 }, { "::ffff:10.77.0.2", 2 },
    };

    [Theory]
    [MemberData(nameof(Claims))]
    public async Task Listed_proxy_names_an_internal_client_who_may_relay(string client, int version)
    {
        Letter letter = Letter.New();
        using (SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(ProxySite.Outer, _site.Port, Header(client, version)))
            Assert.StartsWith("250", await dialogue.DeliverAsync(PosternSite.Bob, "v@other.test", letter), StringComparison.Ordinal);
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        IPAddress address = IPAddress.Parse(client);
        string literal = address.IsIPv4MappedToIPv6 ? $"[{address.MapToIPv4()}]" : client.Contains(':', StringComparison.Ordinal) ? $"[IPv6:{address}]" : $"[{address}]";
        Assert.Contains($"from client.example ({literal})", Encoding.UTF8.GetString(sent.Content), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Stranger_stays_a_stranger_behind_either_proxy(int version)
    {
        foreach (IPAddress proxy in (IPAddress[])[ProxySite.Outer, ProxySite.Inner])
        {
            using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(proxy, _site.Port, Header(Stranger, version));
            Assert.StartsWith(Refused, await dialogue.DeliverAsync(PosternSite.Bob, "v@other.test", Letter.New()), StringComparison.Ordinal);
            await dialogue.SayAsync("RSET");
            Assert.StartsWith("250", await dialogue.DeliverAsync("s@ext.example", PosternSite.Bob, Letter.New()), StringComparison.Ordinal);
        }
    }

    public static TheoryData<byte[]> Nameless =>
        [ProxyHeaders.Unknown(), ProxyHeaders.Local(), ProxyHeaders.Line(ProxySite.Inner.ToString()), ProxyHeaders.Binary($"::ffff:{ProxySite.Inner}")];

    [Theory]
    [MemberData(nameof(Nameless))]
    public async Task Internal_proxy_lends_its_standing_to_nobody(byte[] header)
    {
        using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(ProxySite.Inner, _site.Port, header);
        string reply = await dialogue.DeliverAsync(PosternSite.Bob, "v@other.test", Letter.New());
        Assert.StartsWith(Refused, reply, StringComparison.Ordinal);
        string id = reply[(reply.LastIndexOf('[') + 1)..^1];
        ProgramResult told = (await _site.RunAsync("explain", id)).Exits(0);
        Assert.Contains($"{ProxySite.Inner} is a proxy, whose address switches nothing", told.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Unlisted_client_gains_nothing_by_a_header_before_the_greeting(int version)
    {
        // An early talker is sent away before it can say anything else, whatever it said; it may have seen the greeting first.
        using SmtpDialogue dialogue = await SmtpDialogue.ConnectAsync(Client.Outsider, _site.Port, Header(Insider, version));
        string reply = await dialogue.ReadReplyAsync();
        if (reply.StartsWith("220", StringComparison.Ordinal)) reply = await dialogue.ReadReplyAsync();
        Assert.StartsWith("50", reply, StringComparison.Ordinal);
        using SmtpDialogue again = await SmtpDialogue.OpenAsync(Client.Outsider, _site.Port);
        Assert.StartsWith("500", await again.SayAsync($"PROXY TCP4 {Insider} 192.0.2.25 1 25"), StringComparison.Ordinal);
        Assert.StartsWith(Refused, await again.DeliverAsync(PosternSite.Bob, "v@other.test", Letter.New()), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EHLO client.example\r\n")]
    [InlineData("PROXY TCP4 10.77.0.1 192.0.2.25 1 99999\r\n")]
    [InlineData("PROXY TCP4 0.0.0.0 192.0.2.25 1 25\r\n")]
    [InlineData("\r\n\r\n\0\r\nQUIT\n!\u0011\u00ff\u00ff")]
    public async Task Listed_peer_without_a_good_header_is_closed_without_a_word(string sent)
    {
        using SmtpDialogue dialogue = await SmtpDialogue.ConnectAsync(ProxySite.Outer, _site.Port, Encoding.Latin1.GetBytes(sent));
        Assert.True(await dialogue.IsClosedAsync());
        await Eventually.HoldsAsync("the log tells why", () =>
            running.Server.Printed.Output.Concat(running.Server.Printed.Error).Any(l => l.Contains($"connection from {ProxySite.Outer} on smtp refused:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Header_may_come_octet_by_octet()
    {
        byte[] header = Header(Insider, 1);
        using SmtpDialogue dialogue = await SmtpDialogue.ConnectAsync(ProxySite.Outer, _site.Port, header.AsMemory(0, 1));
        foreach (byte octet in header[1..]) await dialogue.SendAsync(((char)octet).ToString());
        Assert.StartsWith("220", await dialogue.ReadReplyAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("EHLO client.example\r\n")]
    [InlineData("PROXY TCP4 10.77.0.1 192.0.2.25 1 25\r\n")]
    public async Task What_stands_behind_the_header_is_the_clients_and_comes_too_early(string behind)
    {
        byte[] packet = [.. Header(Stranger, 2), .. Encoding.ASCII.GetBytes(behind)];
        using SmtpDialogue dialogue = await SmtpDialogue.ConnectAsync(ProxySite.Outer, _site.Port, packet);
        Assert.StartsWith("503 5.5.1 wait for the greeting", await dialogue.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.True(await dialogue.IsClosedAsync());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Implicit_tls_begins_behind_the_header(int version)
    {
        Letter letter = Letter.New();
        using (SmtpClient client = await MailKitClient.ConnectBehindProxyAsync(ProxySite.Inner, _site.SubmissionsPort, Header(Stranger, version)))
        {
            await client.LogInAsync(PosternSite.Bob, PosternSite.Password);
            await client.SendLetterAsync(PosternSite.Bob, "v@other.test", letter);
        }

        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        Assert.Contains($"[{Stranger}])", Encoding.UTF8.GetString(sent.Content), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connections_are_counted_by_the_client_not_by_the_proxy()
    {
        List<SmtpDialogue> open = [];
        try
        {
            for (int i = 0; i < 5; i++) open.Add(await SmtpDialogue.OpenAsync(ProxySite.Outer, _site.Port, Header("198.51.100.1", 2)));
            open.Add(await SmtpDialogue.ConnectAsync(ProxySite.Outer, _site.Port, Header("198.51.100.1", 2)));
            Assert.StartsWith("421 4.3.2", await open[^1].ReadReplyAsync(), StringComparison.Ordinal);
            open.Add(await SmtpDialogue.OpenAsync(ProxySite.Outer, _site.Port, Header("198.51.100.2", 2)));
        }
        finally
        {
            open.ForEach(d => d.Dispose());
        }
    }

    private static byte[] Header(string client, int version) => version == 1 ? ProxyHeaders.Line(client) : ProxyHeaders.Binary(client);
}
