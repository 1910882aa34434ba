using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using MailKit.Net.Smtp;
using MailKit.Security;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>The source channel of real connections from different addresses, at every stage.</summary>
public sealed class SwitchingTests(SwitchingSite running) : IClassFixture<SwitchingSite>
{
    private readonly PosternSite _site = running.Site;

    /// <summary>Addresses of this machine; ::1 only where it has one.</summary>
    public static TheoryData<string, string> Addresses => Socket.OSSupportsIPv6
        ? new() { { "127.0.0.1", "tcp_intranet" }, { "127.0.0.2", "tcp_local" }, { "127.0.0.8", "tcp_intranet" }, { "::1", "tcp_intranet" } }
        : new() { { "127.0.0.1", "tcp_intranet" }, { "127.0.0.2", "tcp_local" }, { "127.0.0.8", "tcp_intranet" } };

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task Address_of_the_client_decides(string address, string channel)
    {
        JsonElement told = await RefusedAsync(IPAddress.Parse(address), PosternSite.Bob);
        Assert.Equal(("tcp_local", channel), (Text(told, "initial_channel"), Text(told, "source_channel")));
        Letter letter = Letter.New();
        string reply = await SmtpDialogue.DeliverAsync(IPAddress.Parse(address), _site.Port, PosternSite.Bob, "v@other.test", letter);
        if (channel == "tcp_local")
        {
            Assert.StartsWith("550 5.7.1 Relaying not permitted", reply, StringComparison.Ordinal);
            return;
        }

        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await running.SentAsync(_site.Outside, letter, "v@other.test");
    }

    [Theory]
    [InlineData("127.0.0.2", "tcp_overtls")]
    [InlineData("127.0.0.8", "tcp_intranet")]
    public async Task Tls_switches_from_the_channel_that_says_so(string address, string channel)
    {
        using SmtpClient client = await MailKitClient.ConnectAsync(IPAddress.Parse(address), _site.Port, SecureSocketOptions.StartTls);
        SmtpCommandException refusal = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendLetterAsync(PosternSite.Bob, "bob@ims-ms-daemon", Letter.New()));
        Assert.Equal(channel, Text(await ToldAsync(refusal.Message), "source_channel"));
    }

    [Theory]
    [InlineData(PosternSite.Bob, "tcp_auth", "authentication as bob@example.com switched tcp_overtls to tcp_auth")]
    [InlineData(PosternSite.Ann, "tcp_personal", "mailSMTPSubmitChannel of ann@example.com switched tcp_overtls to tcp_personal")]
    public async Task Authentication_switches_to_the_channel_of_the_user_or_of_all(string user, string channel, string reason)
    {
        using SmtpClient client = await MailKitClient.ConnectAsync(Client.Outsider, _site.Port, SecureSocketOptions.StartTls);
        await client.LogInAsync(user, PosternSite.Password);

        // Not even the sender that userswitchchannel knows moves an authenticated session.
        SmtpCommandException refusal = await Assert.ThrowsAsync<SmtpCommandException>(() => client.SendLetterAsync(SwitchingSite.Bulk, "bob@ims-ms-daemon", Letter.New()));
        JsonElement told = await ToldAsync(refusal.Message);
        Assert.Equal((channel, reason), (Text(told, "source_channel"), Text(told, "source_channel_reason")));
        Letter letter = Letter.New();
        await client.SendLetterAsync(user, "v@other.test", letter);
        await running.SentAsync(_site.Outside, letter, "v@other.test");
    }

    [Fact]
    public async Task Sender_switches_one_transaction_and_opens_nothing()
    {
        JsonElement told = await RefusedAsync(IPAddress.Parse("127.0.0.2"), SwitchingSite.Bulk);
        Assert.Equal("tcp_bulk", Text(told, "source_channel"));
        using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Internal, _site.Port);
        Assert.StartsWith("550 5.7.1 Relaying", await dialogue.DeliverAsync(SwitchingSite.Bulk, "v@other.test", Letter.New()), StringComparison.Ordinal);
        await dialogue.SayAsync("RSET");
        Assert.StartsWith("250", await dialogue.DeliverAsync(PosternSite.Bob, "v@other.test", Letter.New()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_tells_every_stage_with_its_line()
    {
        ProgramResult told = (await _site.RunAsync(
            "explain", "--ip", $"{Client.Internal}", "--tls", "--auth", PosternSite.Ann, "--from", PosternSite.Ann, "--to", "bob@ims-ms-daemon")).Exits(1);
        foreach (string line in (string[])
        [
            $"  stage     tcp_local: channel of service smtp (dispatcher.cnf:{_site.LineOf("dispatcher.cnf", "[SERVICE=smtp]")})",
            $"postern.cnf:{_site.LineOf("postern.cnf", "[]  ")}  []",
            "probe       INTERNAL_IP  127.0.0.8",
            $"mappings:{_site.LineOf("mappings", "127.0.0.8/32")}  $(127.0.0.8/32)",
            "  stage     tcp_intranet: client address 127.0.0.8 switched tcp_local to tcp_intranet",
            $"  stage     tcp_personal: mailSMTPSubmitChannel of ann@example.com switched tcp_intranet to tcp_personal (users:{_site.LineOf("users", PosternSite.Ann)})",
        ]) Assert.Contains(line, told.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("SCRAM", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_takes_a_client_name_as_confirmed_and_refuses_what_is_none()
    {
        JsonElement told = (await _site.RunAsync(
            "explain", "--ip", "203.0.113.9", "--client-name", "host.in.test", "--from", "<>", "--to", PosternSite.Bob, "--json")).Exits(0).Json;
        Assert.Equal(("tcp_local", "host.in.test"), (Text(told, "source_channel"), Text(told, "client_name")));
        Assert.Equal(["source", "rewrite"], told.GetProperty("source_steps").EnumerateArray().Select(s => Text(s, "kind")).Where(k => k != "probe"));
        (await _site.RunAsync("explain", "--ip", "203.0.113.9", "--client-name", "10.1.2.3", "--from", "<>", "--to", PosternSite.Bob)).Exits(2);
    }

    /// <summary>What is told of a recipient that nobody may name: the refusal gives away the channel.</summary>
    private async Task<JsonElement> RefusedAsync(IPAddress client, string from) =>
        await ToldAsync(await SmtpDialogue.DeliverAsync(client, _site.Port, from, "bob@ims-ms-daemon", Letter.New()));

    private async Task<JsonElement> ToldAsync(string refusal) =>
        (await _site.RunAsync("explain", refusal[(refusal.LastIndexOf('[') + 1)..refusal.LastIndexOf(']')], "--json")).Exits(0).Json;

    private static string? Text(JsonElement told, string field) => told.GetProperty(field).GetString();
}
