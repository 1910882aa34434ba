using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>One site with a running server for all tests of a class; each test knows its own mail by its letter.</summary>
public class RunningSite : IAsyncLifetime
{
    private PosternSite? _site;
    private PosternProcess? _server;

    public PosternSite Site => _site ?? throw new InvalidOperationException("the site is not set up");

    public PosternProcess Server => _server ?? throw new InvalidOperationException("the server does not run");

    public async ValueTask InitializeAsync()
    {
        _site = await PosternSite.CreateAsync();
        Configure(_site);
        _server = await _site.ServeAsync();
    }

    /// <inheritdoc cref="PosternSite.QuietAsync"/>
    public Task QuietAsync() => Site.QuietAsync();

    /// <summary>Waits until the letter is in the user's mailbox, and checks that it is there once and whole.</summary>
    public async Task<byte[]> StoredAsync(string address, Letter letter)
    {
        await Eventually.HoldsAsync($"the letter is in the mailbox of {address}\n{Server.Printed}", () => !Site.Store.MessagesOf(address, letter).IsEmpty);
        byte[] message = Assert.Single(Site.Store.MessagesOf(address, letter));
        Assert.True(letter.IsWholeIn(message), "the body is not whole");
        return message;
    }

    /// <summary>Waits until a sink has the letter, and checks that it came once, whole, and for these recipients.</summary>
    public async Task<SinkMessage> SentAsync(SinkServer sink, Letter letter, params string[] recipients)
    {
        await Eventually.HoldsAsync($"the letter is at the sink\n{Server.Printed}", () => sink.RecipientsOf(letter).Length >= recipients.Length);
        Assert.Equal(recipients.Order(StringComparer.Ordinal), sink.RecipientsOf(letter));
        SinkMessage message = sink.MessagesWith(letter)[0];
        Assert.True(letter.IsWholeIn(message.Content), "the body is not whole");
        return message;
    }

    /// <summary>Waits for the queue to be empty and checks that the letter reached nobody.</summary>
    public async Task NobodyHasAsync(Letter letter)
    {
        await QuietAsync();
        Assert.Empty(Site.Outside.MessagesWith(letter));
        Assert.Empty(Site.Inside.MessagesWith(letter));
        Assert.Empty(Site.Store.MessagesOf(PosternSite.Bob, letter));
        Assert.Empty(Site.Store.MessagesOf(PosternSite.Ann, letter));
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_site is not null) await _site.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>What the class needs beyond the initial configuration.</summary>
    protected virtual void Configure(PosternSite site)
    {
    }
}
