using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>Commands about a site with an LDAP directory.</summary>
public sealed class DirectoryCommandTests : IAsyncLifetime
{
    private PosternSite? _site;

    private PosternSite Site => _site ?? throw new InvalidOperationException("the site is not set up");

    public async ValueTask InitializeAsync()
    {
        _site = await PosternSite.CreateAsync();

        // Port 1 of this machine: nobody listens there.
        _site.Append("option.dat", "LDAP_HOST=127.0.0.1:1\nLDAP_USER_ROOT=o=isp\nLDAP_PASSWORD=open sesame\n");
    }

    public async ValueTask DisposeAsync()
    {
        if (_site is not null) await _site.DisposeAsync();
    }

    [Fact]
    public async Task Explain_says_which_search_it_needs()
    {
        ProgramResult told = (await Site.RunAsync("explain", "--ip", "203.0.113.9", "--from", "a@x.test", "--to", "b@dir.example")).Exits(3);
        Assert.Contains("ldap:///o=isp?", told.Output, StringComparison.Ordinal);
        Assert.Contains("(sunPreferredDomain=dir.example)", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Explain_asks_the_directory_when_told_to()
    {
        ProgramResult told = (await Site.RunAsync("explain", "--live", "--ip", "203.0.113.9", "--from", "a@x.test", "--to", "b@dir.example")).Exits(1);
        Assert.Contains("451 4.0.0", told.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rewriting_says_which_search_it_needs() => Assert.Contains(
        "needs the answer of a callout: ldap:///o=isp?",
        (await Site.RunAsync("test", "rewrite", "b@dir.example")).Exits(3).Output,
        StringComparison.Ordinal);

    [Fact]
    public async Task Check_shows_no_password()
    {
        ProgramResult told = await Site.RunAsync("check");
        Assert.DoesNotContain("sesame", told.Output + told.Error, StringComparison.Ordinal);
    }
}
