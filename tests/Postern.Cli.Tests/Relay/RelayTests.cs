using System.Net;
using MimeKit;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>Who may send where, by address of the client alone.</summary>
[Collection(RelayCollection.Name)]
public sealed class RelayTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    [Theory]
    [InlineData("s@ext.example")]
    [InlineData("")]
    public async Task Outsider_to_a_user_is_stored(string sender)
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, sender, PosternSite.Bob, letter)).IsTaken();
        byte[] stored = await running.StoredAsync(PosternSite.Bob, letter);
        HeaderList header = MaildirReader.Parse(stored).Headers;
        Assert.Equal($"<{sender}>", header["Return-Path"]);
        Assert.Equal(PosternSite.Bob, header["Delivered-To"]);
        Assert.Contains("by mta.example.com", header["Received"], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s@ext.example")]
    [InlineData("")]
    [InlineData(PosternSite.Bob)]
    [InlineData("postmaster")]
    [InlineData("postmaster@example.com")]
    [InlineData("bob@mta.example.com")]
    [InlineData("ann@in.test")]
    public async Task Outsider_to_the_outside_is_refused_whatever_the_sender(string sender)
    {
        Letter letter = Letter.New();
        SwaksResult result = await Swaks.SendAsync(Client.Outsider, _site.Port, sender, "v@other.test", letter);
        result.IsRefused("550 5.7.1 Relaying not permitted: v@other.test");
        await running.NobodyHasAsync(letter);
    }

    [Theory]
    [InlineData("v@[198.51.100.4]")]
    [InlineData("v@[IPv6:2001:db8:99::1]")]
    [InlineData("V@OTHER.TEST")]
    public async Task Outsider_to_the_outside_is_refused_however_it_is_written(string recipient)
    {
        Letter letter = Letter.New();
        string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "s@ext.example", recipient, letter);
        Assert.StartsWith($"550 5.7.1 Relaying not permitted: {recipient} [", reply, StringComparison.Ordinal);
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Refused_recipient_does_not_spoil_a_good_one()
    {
        Letter letter = Letter.New();
        using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Outsider, _site.Port);
        Assert.StartsWith("250", await dialogue.SayAsync("MAIL FROM:<s@ext.example>"), StringComparison.Ordinal);
        Assert.StartsWith("550", await dialogue.SayAsync("RCPT TO:<v@other.test>"), StringComparison.Ordinal);
        Assert.StartsWith("250", await dialogue.SayAsync($"RCPT TO:<{PosternSite.Bob}>"), StringComparison.Ordinal);
        Assert.StartsWith("354", await dialogue.SayAsync("DATA"), StringComparison.Ordinal);
        Assert.StartsWith("250", await dialogue.SayAsync(letter.AfterData), StringComparison.Ordinal);
        await running.StoredAsync(PosternSite.Bob, letter);
        await running.QuietAsync();
        Assert.Empty(_site.Outside.MessagesWith(letter));
    }

    [Theory]
    [InlineData("127.0.0.8")]
    [InlineData("127.0.0.1")]
    [InlineData("::1")]
    public async Task Internal_client_to_the_outside_is_sent(string client)
    {
        Letter letter = Letter.New();
        string reply = await SmtpDialogue.DeliverAsync(IPAddress.Parse(client), _site.Port, PosternSite.Bob, "v@other.test", letter);
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        SinkMessage sent = await running.SentAsync(_site.Outside, letter, "v@other.test");
        Assert.Equal(PosternSite.Bob, sent.ReversePath);
    }

    [Fact]
    public async Task Internal_client_is_served_by_swaks_too()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Internal, _site.Port, PosternSite.Bob, "v@other.test", letter)).IsTaken();
        await running.SentAsync(_site.Outside, letter, "v@other.test");
    }

    [Fact]
    public async Task Outsider_to_an_internal_domain_goes_to_its_host()
    {
        Letter letter = Letter.New();
        (await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "u@in.test", letter)).IsTaken();
        SinkMessage sent = await running.SentAsync(_site.Inside, letter, "u@in.test");
        Assert.Equal("s@ext.example", sent.ReversePath);
    }

    [Fact]
    public async Task Unknown_user_is_refused_at_once()
    {
        Letter letter = Letter.New();
        SwaksResult result = await Swaks.SendAsync(Client.Outsider, _site.Port, "s@ext.example", "nobody@example.com", letter);
        result.IsRefused("550 5.1.1 ");
        await running.NobodyHasAsync(letter);
    }
}
