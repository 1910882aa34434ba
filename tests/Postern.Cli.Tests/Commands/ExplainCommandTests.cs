using System.Text.Json;
using System.Text.RegularExpressions;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>One refusal, told by its facts and by the id that the client got, is the same refusal.</summary>
[Collection(RelayCollection.Name)]
public sealed partial class ExplainCommandTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    [Theory]
    [InlineData("v@other.test", "tcp_local|*|tcp_local|*")]
    [InlineData("bob@ims-ms-daemon", "tcp_*|*|ims-ms|*")]
    [InlineData("u%x.test@in.test", "tcp_local|*|tcp_intranet|*$%*@*")]
    public async Task Live_refusal_and_imagined_one_are_told_alike(string recipient, string pattern)
    {
        string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "s@ext.example", recipient, Letter.New());
        string id = Id().Match(reply).Groups["id"].Value;
        Assert.NotEmpty(id);

        JsonElement live = (await _site.RunAsync("explain", id, "--json")).Exits(0).Json;
        JsonElement imagined = (await _site.RunAsync("explain", "--ip", "127.0.0.7", "--from", "s@ext.example", "--to", recipient, "--json")).Exits(1).Json;
        Assert.Equal(id, live.GetProperty("id").GetString());
        foreach (string field in (string[])
            ["verdict", "reply", "client_ip", "initial_channel", "source_channel", "authenticated", "tls", "mail_from", "rcpt_to", "destination_channel", "rewritten_to", "host", "delay_ms"])
            Assert.Equal(imagined.GetProperty(field).GetRawText(), live.GetProperty(field).GetRawText());
        Assert.Equal("reject", live.GetProperty("verdict").GetString());

        JsonElement decided = Deciding(live);
        Assert.True(JsonElement.DeepEquals(Deciding(imagined), decided), $"{Deciding(imagined)}\n{decided}");
        Assert.Equal("ORIG_SEND_ACCESS", decided.GetProperty("table").GetString());
        Assert.Equal(pattern, decided.GetProperty("entry").GetProperty("pattern").GetString());
        Assert.Equal(_site.LineOf("mappings", pattern), decided.GetProperty("entry").GetProperty("line").GetInt32());
        Assert.Equal(reply[..reply.IndexOf(" [", StringComparison.Ordinal)], live.GetProperty("reply").GetString());
    }

    [Fact]
    public async Task Accepted_alias_is_told_with_its_expansion()
    {
        JsonElement told = (await _site.RunAsync("explain", "--ip", "127.0.0.7", "--from", "s@ext.example", "--to", "both@example.com", "--json")).Exits(0).Json;
        Assert.Equal("accept", told.GetProperty("verdict").GetString());
        Assert.Equal(["ims-ms", "tcp_local"], told.GetProperty("expansion").EnumerateArray().Select(e => e.GetProperty("channel").GetString()).Order());
    }

    [Theory]
    [InlineData("127.0.0.8", "tcp_intranet")]
    [InlineData("127.0.0.1", "tcp_intranet")]
    [InlineData("::1", "tcp_intranet")]
    [InlineData("::ffff:127.0.0.8", "tcp_intranet")]
    [InlineData("203.0.113.9", "tcp_local")]
    public async Task Source_channel_follows_the_client(string ip, string channel)
    {
        JsonElement told = (await _site.RunAsync("explain", "--ip", ip, "--from", "<>", "--to", PosternSite.Bob, "--json")).Exits(0).Json;
        Assert.Equal("tcp_local", told.GetProperty("initial_channel").GetString());
        Assert.Equal(channel, told.GetProperty("source_channel").GetString());
        Assert.Equal("", told.GetProperty("mail_from").GetString());
    }

    [Theory]
    [InlineData("25", "tcp_auth")]
    [InlineData("587", "tcp_submit")]
    [InlineData("465", "tcp_submit")]
    public async Task Authentication_opens_the_way_out(string port, string channel)
    {
        ProgramResult explained = await _site.RunAsync(
            "explain", "--ip", "203.0.113.9", "--port", port, "--tls", "--auth", PosternSite.Bob, "--from", PosternSite.Bob, "--to", "v@other.test", "--json");
        Assert.Equal(channel, explained.Exits(0).Json.GetProperty("source_channel").GetString());
    }

    [Fact]
    public async Task Submission_without_authentication_is_refused()
    {
        ProgramResult explained = await _site.RunAsync(
            "explain", "--ip", "203.0.113.9", "--port", "587", "--tls", "--from", PosternSite.Bob, "--to", "v@other.test", "--json");
        Assert.StartsWith("530 5.7.0", explained.Exits(1).Json.GetProperty("reply").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Text_form_names_the_deciding_line()
    {
        ProgramResult told = (await _site.RunAsync("explain", "--ip", "127.0.0.7", "--from", "s@ext.example", "--to", "v@other.test")).Exits(1);
        Assert.Contains($"mappings:{_site.LineOf("mappings", "tcp_local|*|tcp_local|*")}", told.Output, StringComparison.Ordinal);
        Assert.Contains("550 5.7.1 Relaying not permitted: v@other.test", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_id_is_the_answer_no() => (await _site.RunAsync("explain", "zzzzzz")).Exits(1);

    [Fact]
    public async Task Missing_facts_are_a_usage_error() => (await _site.RunAsync("explain", "--ip", "127.0.0.7")).Exits(2);

    private static JsonElement Deciding(JsonElement told) =>
        Assert.Single(told.GetProperty("probes").EnumerateArray(), p => p.GetProperty("decides").GetBoolean());

    [GeneratedRegex(@" \[(?<id>[a-z0-9]+)\]$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Id();
}
