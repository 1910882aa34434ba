using Postern.Policy.Configuration;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Operations;

public sealed class ConfigurationReloadTests
{
    private readonly ConfigurationSnapshot _first = Site.Snapshot();

    [Fact]
    public void Good_configuration_is_the_next_generation()
    {
        LiveConfiguration live = new(_first);
        ReloadOutcome outcome = Reload(live, version => Site.Load(version));
        Assert.True(outcome.IsReplaced);
        Assert.Equal((2, 2), (outcome.Generation, live.Current.Version));
        Assert.Empty(outcome.NeedsRestart);
        Assert.Contains("configuration 2 is in force", outcome.Lines());
    }

    [Fact]
    public void Faults_of_all_files_are_told_and_the_old_one_stays()
    {
        LiveConfiguration live = new(_first);
        ReloadOutcome outcome = Reload(live, version => Site.Load(
            version, ("aliases", text => text + "\nspaced : bob@example.com\n"), ("mappings", text => text + "\nBROKEN\n\n  a  $[unterminated\n")));
        Assert.False(outcome.IsReplaced);
        Assert.Same(_first, live.Current);
        Assert.Contains(outcome.Lines(), l => l.StartsWith("aliases:", StringComparison.Ordinal) && l.Contains(": error: "));
        Assert.Contains(outcome.Lines(), l => l.StartsWith("mappings:", StringComparison.Ordinal) && l.Contains(": error: "));
        Assert.Contains(outcome.Lines(), l => l.StartsWith("not reloaded", StringComparison.Ordinal));
    }

    [Fact]
    public void Configuration_without_the_relay_table_is_not_taken()
    {
        LiveConfiguration live = new(_first);
        ReloadOutcome outcome = Reload(live, version => Site.Load(version, ("mappings", text => text.Replace("ORIG_SEND_ACCESS\n", "OTHER_TABLE\n"))));
        Assert.False(outcome.IsReplaced);
        Assert.Same(_first, live.Current);
        Assert.Contains(outcome.Lines(), l => l.Contains("ORIG_SEND_ACCESS"));
    }

    [Fact]
    public void What_needs_a_restart_is_named()
    {
        LiveConfiguration live = new(_first);
        ReloadOutcome outcome = Reload(live, version => Site.Load(
            version, ("dispatcher.cnf", text => text.Replace("2525", "2626")), ("option.dat", text => text + "\nSTORE_DIRECTORY=/elsewhere\n")));
        Assert.True(outcome.IsReplaced);
        Assert.Equal(["listeners (dispatcher.cnf)", "STORE_DIRECTORY"], outcome.NeedsRestart);
    }

    [Fact]
    public void Certificate_that_cannot_be_used_keeps_everything()
    {
        using TemporaryDirectory directory = new();
        TlsCertificate.WriteSelfSigned(directory.Combine("cert.pem"), directory.Combine("key.pem"), "mail.example.com", DateTimeOffset.UtcNow);
        TlsIdentity tls = new();
        Assert.True(tls.TryLoad(TlsFiles.Of(_first) with { Certificate = directory.Combine("cert.pem"), Key = directory.Combine("key.pem") }, out Mapping.Text.Diagnostic? fault), fault?.ToString());
        object before = tls.Current!;
        LiveConfiguration live = new(_first);
        ReloadOutcome outcome = new ConfigurationReload(
            live, _first, tls, version => Site.Load(version, ("option.dat", text => text + $"\nTLS_CERTIFICATE={directory.Combine("gone.pem")}\n"))).Run();
        Assert.False(outcome.IsReplaced);
        Assert.Same(_first, live.Current);
        Assert.Same(before, tls.Current);
    }

    private ReloadOutcome Reload(LiveConfiguration live, Func<long, ConfigurationResult> load) => new ConfigurationReload(live, _first, new TlsIdentity(), load).Run();
}
