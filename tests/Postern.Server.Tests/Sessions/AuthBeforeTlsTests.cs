using System.Text;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>Security class "AUTH before TLS": nothing that tells a password or a name is offered or taken in the clear, and what was said there is void.</summary>
public sealed class AuthBeforeTlsTests : IAsyncLifetime
{
    private static readonly string Plain = Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0bob@example.com\0{Site.Password}"));

    private readonly ServerBench _bench = new(withTls: true);
    private SocketBench? _server;

    [Fact]
    public async Task Auth_is_not_offered_in_the_clear_and_is_inside_tls()
    {
        await using SocketDialogue client = await GreetAsync();
        Assert.DoesNotContain("AUTH", await client.SayAsync("EHLO client.test"));
        await client.StartTlsAsync();
        Assert.Contains("AUTH SCRAM-SHA-256 PLAIN LOGIN", await client.SayAsync("EHLO client.test"));
    }

    [Theory]
    [InlineData("AUTH PLAIN")]
    [InlineData("AUTH LOGIN")]
    [InlineData("AUTH LOGIN Ym9iQGV4YW1wbGUuY29t")]
    [InlineData("AUTH SCRAM-SHA-256")]
    [InlineData("AUTH SCRAM-SHA-256 biwsbj1ib2Iscj1hYmM=")]
    public async Task Every_mechanism_is_refused_in_the_clear_before_it_asks_for_anything(string command)
    {
        await using SocketDialogue client = await GreetAsync();
        await client.SayAsync("EHLO client.test");
        Assert.Equal("538 5.7.11 encryption required for this authentication mechanism", await client.SayAsync(command));
        Assert.Equal("538 5.7.11 encryption required for this authentication mechanism", await client.SayAsync($"AUTH PLAIN {Plain}"));
    }

    [Fact]
    public async Task Greeting_in_the_clear_is_void_inside_tls()
    {
        await using SocketDialogue client = await GreetAsync();
        await client.SayAsync("EHLO client.test");
        await client.StartTlsAsync();
        Assert.Equal("503 5.5.1 send EHLO first", await client.SayAsync($"AUTH PLAIN {Plain}"));
        await client.SayAsync("EHLO client.test");
        Assert.StartsWith("235", await client.SayAsync($"AUTH PLAIN {Plain}"));
    }

    [Fact]
    public async Task Twice_and_in_a_transaction_are_refused()
    {
        await using SocketDialogue client = await GreetAsync();
        await client.SayAsync("EHLO client.test");
        await client.StartTlsAsync();
        await client.SayAsync("EHLO client.test");
        Assert.StartsWith("250", await client.SayAsync("MAIL FROM:<s@ext.example>"));
        Assert.Equal("503 5.5.1 not allowed inside a mail transaction", await client.SayAsync($"AUTH PLAIN {Plain}"));
        await client.SayAsync("RSET");
        Assert.StartsWith("235", await client.SayAsync($"AUTH PLAIN {Plain}"));
        Assert.Equal("503 5.5.1 already authenticated", await client.SayAsync($"AUTH PLAIN {Plain}"));
    }

    public async ValueTask InitializeAsync() => _server = await SocketBench.StartAsync(_bench, isProxied: true);

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        await _bench.DisposeAsync();
    }

    private async Task<SocketDialogue> GreetAsync()
    {
        SocketDialogue client = await SocketDialogue.ConnectAsync(_server!.Port, "203.0.113.9");
        Assert.StartsWith("220", await client.ReplyAsync());
        return client;
    }
}
