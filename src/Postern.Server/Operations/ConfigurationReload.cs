using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Server.Listening;

namespace Postern.Server.Operations;

/// <summary>Replaces the configuration of a running server whole, or not at all. Reloads asked for at the same time run one after the other.</summary>
/// <param name="first">the configuration the server was started with: listeners and places on the disk are taken from it for good.</param>
/// <param name="load">loads the configuration with a generation number.</param>
public sealed class ConfigurationReload(
    LiveConfiguration live, ConfigurationSnapshot first, TlsIdentity tls, Func<long, ConfigurationResult> load)
{
    private readonly Lock _gate = new();

    /// <summary>INVARIANT: with an error in any file everything stays as it was, the certificate included.</summary>
    public ReloadOutcome Run()
    {
        lock (_gate)
        {
            ConfigurationResult candidate = load(live.Current.Version + 1);
            if (candidate.Snapshot is { } snapshot)
            {
                if (RelayGuard.Fault(snapshot) is { } open) candidate = Refused(candidate, new Diagnostic(DiagnosticSeverity.Error, "option.dat", 0, open));
                else if (tls.Current is not null && !tls.TryLoad(TlsFiles.Of(snapshot), out Diagnostic? fault)) candidate = Refused(candidate, fault!);
            }

            bool replaced = live.TryReplace(candidate, out ImmutableArray<Diagnostic> diagnostics);
            return new ReloadOutcome(replaced, live.Current.Version, diagnostics, replaced ? NeedsRestart(live.Current) : []);
        }
    }

    private static ConfigurationResult Refused(ConfigurationResult candidate, Diagnostic fault) => new(null, candidate.Diagnostics.Add(fault));

    private ImmutableArray<string> NeedsRestart(ConfigurationSnapshot now)
    {
        DataDirectory before = new(first.Directory, first), after = new(now.Directory, now);
        ImmutableArray<string>.Builder settings = ImmutableArray.CreateBuilder<string>();
        if (!Shape(first).SequenceEqual(Shape(now))) settings.Add("listeners (dispatcher.cnf)");
        if (first.Options.ConsolePort != now.Options.ConsolePort) settings.Add("CONSOLE_PORT");
        if (before.Root != after.Root) settings.Add("DATA_DIRECTORY");
        if (before.Store != after.Store) settings.Add("STORE_DIRECTORY");
        if (first.Options.MinimumFree != now.Options.MinimumFree) settings.Add("MIN_FREE");
        return settings.ToImmutable();
    }

    private static IEnumerable<string> Shape(ConfigurationSnapshot snapshot) => snapshot.Listeners.Select(l =>
        $"{l.Service} {l.Channel} {string.Join(',', l.InterfaceAddresses)} {string.Join(',', l.Ports)} {string.Join(',', l.TlsPorts)} {l.MaxConns} {l.MaxConnsPerIp} {l.MaxConnsPerNetwork} {l.ConnsPerMinutePerIp} {l.Backlog} {string.Join(',', l.Proxies)} {string.Join(',', l.XClientHosts)} {l.XClientLogin} {string.Join(',', l.XForwardHosts)}");
}
