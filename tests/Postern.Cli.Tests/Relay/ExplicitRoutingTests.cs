using System.Diagnostics;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Relay;

/// <summary>Outsiders may not route through hosts behind us; internal clients may.</summary>
[Collection(RelayCollection.Name)]
public sealed class ExplicitRoutingTests(RelaySite running)
{
    private readonly PosternSite _site = running.Site;

    [Theory]
    [InlineData("@in.test:u@x.test")]
    [InlineData("u%x.test@in.test")]
    [InlineData("x.test!u@in.test")]
    [InlineData("\"u@x.test\"@in.test")]
    public async Task Outsider_is_refused_and_waits_for_the_answer(string recipient)
    {
        Letter letter = Letter.New();
        using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Outsider, _site.Port);
        Assert.StartsWith("250", await dialogue.SayAsync("MAIL FROM:<s@ext.example>"), StringComparison.Ordinal);
        Stopwatch waited = Stopwatch.StartNew();
        string reply = await dialogue.SayAsync($"RCPT TO:<{recipient}>");
        waited.Stop();
        Assert.StartsWith($"550 5.7.1 Explicit routing not allowed: {recipient} [", reply, StringComparison.Ordinal);

        // The entry says $D30: 0.3 s. A machine may be slower, the server may not be faster.
        Assert.True(waited.Elapsed >= TimeSpan.FromMilliseconds(250), $"answered after {waited.Elapsed}");
        await running.NobodyHasAsync(letter);
    }

    [Fact]
    public async Task Plain_address_of_the_same_host_is_sent()
    {
        Letter letter = Letter.New();
        string reply = await SmtpDialogue.DeliverAsync(Client.Outsider, _site.Port, "s@ext.example", "u@in.test", letter);
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await running.SentAsync(_site.Inside, letter, "u@in.test");
    }

    [Fact]
    public async Task Internal_client_may_route()
    {
        Letter letter = Letter.New();
        string reply = await SmtpDialogue.DeliverAsync(Client.Internal, _site.Port, PosternSite.Bob, "u%x.test@in.test", letter);
        Assert.StartsWith("250", reply, StringComparison.Ordinal);
        await running.SentAsync(_site.Inside, letter, "u%x.test@in.test");
    }
}
