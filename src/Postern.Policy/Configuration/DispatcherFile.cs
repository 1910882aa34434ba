using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Reads dispatcher.cnf, the listening services (Administration Guide 6.3, ch. 10, "Dispatcher Configuration File").</summary>
internal sealed class DispatcherFile(ICollection<Diagnostic> diagnostics)
{
    public const string FileName = ListenerDefinition.FileName;

    private static readonly ImmutableHashSet<string> Ignored = ImmutableHashSet.Create(
        "MIN_PROCS", "MAX_PROCS", "MIN_CONNS", "MAX_LIFE_TIME", "MAX_LIFE_CONNS", "MAX_SHUTDOWN", "STACKSIZE", "IMAGE", "LOGFILE", "USER", "IDLE_TIMEOUT");

    private static readonly ImmutableHashSet<string> Later = ImmutableHashSet.Create("DNS_VERIFY_DOMAIN");

    private static readonly ImmutableArray<string> Known =
        ["PORT", "TLS_PORT", "INTERFACE_ADDRESS", "PARAMETER", "MAX_CONNS", "MAX_CONNS_PER_IP", "MAX_CONNS_PER_NETWORK", "CONNS_PER_MINUTE_PER_IP", "BACKLOG", "PROXY_PROTOCOL",
            "TLS_CLIENT_CA", "XCLIENT_HOSTS", "XCLIENT_LOGIN", "XFORWARD_HOSTS"];

    private readonly SortedDictionary<string, SourcePosition> _ignored = new(StringComparer.Ordinal);

    public static ImmutableArray<ListenerDefinition> Read(ISourceFiles files, ChannelTable? channels, ICollection<Diagnostic> diagnostics) =>
        new DispatcherFile(diagnostics).Read(files, channels);

    private ImmutableArray<ListenerDefinition> Read(ISourceFiles files, ChannelTable? channels)
    {
        ImmutableArray<SettingSection> sections = SettingSection.Read(files, FileName, diagnostics);
        Draft defaults = Apply(new Draft(), sections[0]);
        ImmutableArray<ListenerDefinition>.Builder listeners = ImmutableArray.CreateBuilder<ListenerDefinition>();
        foreach (SettingSection section in sections.Skip(1))
        {
            if (section.Kind != "SERVICE")
                diagnostics.Add(Diagnostic.Warning(section.Position, $"section \"{Printable.Of(section.Kind)}\" is ignored; services are written [SERVICE=name]"));
            else if (listeners.FirstOrDefault(l => l.Service.Equals(section.Name, StringComparison.OrdinalIgnoreCase)) is { } earlier)
                diagnostics.Add(Diagnostic.Error(section.Position, $"service \"{Printable.Of(section.Name)}\" is defined twice, first at {earlier.Position}"));
            else if (Listener(section, Apply(defaults, section), channels) is { } listener)
                listeners.Add(listener);
        }

        if (_ignored.Count > 0)
            diagnostics.Add(Diagnostic.Warning(_ignored.Values.MinBy(p => p.Line), $"no such thing here, ignored: {string.Join(", ", _ignored.Keys)}"));
        CheckPorts(listeners);
        return listeners.ToImmutable();
    }

    private Draft Apply(Draft draft, SettingSection section)
    {
        foreach (Setting setting in section.Settings) draft = Apply(draft, setting);
        return draft;
    }

    private Draft Apply(Draft draft, Setting setting)
    {
        switch (setting.Name)
        {
            case "PORT":
                return Ports(setting) is { } ports ? draft with { Ports = ports } : draft with { HasPortFault = true };
            case "TLS_PORT":
                return Ports(setting) is { } tlsPorts ? draft with { TlsPorts = tlsPorts } : draft with { HasPortFault = true };
            case "INTERFACE_ADDRESS":
                return Addresses(setting) is { } addresses ? draft with { Addresses = addresses } : draft;
            case "PARAMETER":
                return Channel(setting) is { } channel ? draft with { Channel = channel, ChannelPosition = setting.Position } : draft;
            case "MAX_CONNS":
                return draft with { MaxConns = Number(setting, 1) ?? draft.MaxConns };
            case "MAX_CONNS_PER_IP":
                return draft with { MaxConnsPerIp = Number(setting, 0) ?? draft.MaxConnsPerIp };
            case "MAX_CONNS_PER_NETWORK":
                return draft with { MaxConnsPerNetwork = Number(setting, 0) ?? draft.MaxConnsPerNetwork };
            case "CONNS_PER_MINUTE_PER_IP":
                return draft with { ConnsPerMinutePerIp = Number(setting, 0) ?? draft.ConnsPerMinutePerIp };
            case "BACKLOG":
                return draft with { Backlog = Number(setting, 5) ?? draft.Backlog };
            case "TLS_CLIENT_CA":
                return ClientAuthorities(setting) is { } file ? draft with { TlsClientAuthorities = file } : draft;
            case "PROXY_PROTOCOL":
                return AddressRanges.Read(setting, diagnostics) is { } proxies ? draft with { Proxies = proxies } : draft;
            case "XCLIENT_HOSTS":
                return AddressRanges.Read(setting, diagnostics) is { } clients ? draft with { XClientHosts = clients } : draft;
            case "XCLIENT_LOGIN":
                return draft with { XClientLogin = Switch(setting) ?? draft.XClientLogin };
            case "XFORWARD_HOSTS":
                return AddressRanges.Read(setting, diagnostics) is { } forwards ? draft with { XForwardHosts = forwards } : draft;
            default:
                Other(setting);
                return draft;
        }
    }

    private void Other(Setting setting)
    {
        if (Ignored.Contains(setting.Name))
        {
            _ignored.TryAdd(setting.Name, setting.Position);
            return;
        }

        if (Later.Contains(setting.Name))
        {
            diagnostics.Add(setting.Warning($"{setting.Name} is accepted but not supported yet"));
            return;
        }

        string? nearest = Spelling.Nearest(setting.Name, Known);
        diagnostics.Add(setting.Warning($"unknown option \"{Printable.Of(setting.Name)}\" is ignored{(nearest is null ? "" : $"; did you mean {nearest}?")}"));
    }

    private ListenerDefinition? Listener(SettingSection section, Draft draft, ChannelTable? channels)
    {
        if (draft.Ports.IsEmpty && draft.TlsPorts.IsEmpty)
        {
            if (!draft.HasPortFault) diagnostics.Add(Diagnostic.Error(section.Position, $"service \"{Printable.Of(section.Name)}\" has neither PORT nor TLS_PORT"));
            return null;
        }

        if ((draft.Channel ?? DefaultChannel(section.Name)) is not { } channel)
        {
            diagnostics.Add(Diagnostic.Error(section.Position, $"service \"{Printable.Of(section.Name)}\" names no channel; write PARAMETER=\"CHANNEL=name\""));
            return null;
        }

        SourcePosition at = draft.ChannelPosition ?? section.Position;
        if (channels?.FindByName(channel) is { Smtp: false })
            diagnostics.Add(Diagnostic.Error(at, $"channel \"{channel}\" of service \"{Printable.Of(section.Name)}\" is no SMTP channel"));
        else if (channels is not null && channels.FindByName(channel) is null)
            diagnostics.Add(Diagnostic.Error(at, $"unknown channel \"{channel}\"{Meant(channel, channels)}"));
        return new ListenerDefinition(
            section.Position, section.Name, channel, draft.Ports, draft.TlsPorts, draft.Addresses, draft.MaxConns, draft.MaxConnsPerIp, draft.Backlog)
        {
            Proxies = draft.Proxies,
            TlsClientAuthorities = draft.TlsClientAuthorities,
            MaxConnsPerNetwork = draft.MaxConnsPerNetwork,
            ConnsPerMinutePerIp = draft.ConnsPerMinutePerIp,
            XClientHosts = draft.XClientHosts,
            XClientLogin = draft.XClientLogin,
            XForwardHosts = draft.XForwardHosts,
        };
    }

    private static string Meant(ChannelName channel, ChannelTable channels) =>
        Spelling.Nearest(channel.ToString(), channels.All.Select(c => c.Name.ToString())) is { } nearest ? $"; did you mean \"{nearest}\"?" : "";

    private static ChannelName? DefaultChannel(string service) => service.ToLowerInvariant() switch
    {
        "smtp" => new ChannelName("tcp_local"),
        "submission" or "submissions" => new ChannelName("tcp_submit"),
        "lmtp" => new ChannelName("tcp_lmtpss"),
        _ => null,
    };

    private void CheckPorts(IEnumerable<ListenerDefinition> listeners)
    {
        Dictionary<(IPAddress, int), ListenerDefinition> taken = [];
        foreach (ListenerDefinition listener in listeners)
        {
            foreach (IPAddress address in listener.InterfaceAddresses)
            {
                foreach (int port in listener.Ports.Concat(listener.TlsPorts).Where(p => p != 0))
                {
                    if (taken.TryAdd((address, port), listener)) continue;
                    diagnostics.Add(Diagnostic.Error(listener.Position, $"port {port} is taken by service \"{taken[(address, port)].Service}\""));
                }
            }
        }
    }

    private ImmutableArray<int>? Ports(Setting setting)
    {
        ImmutableArray<int>.Builder ports = ImmutableArray.CreateBuilder<int>();
        foreach (string part in Parts(setting))
        {
            if ((setting with { Value = part }).AsNumber(0, 65535) is not { } port)
            {
                diagnostics.Add(setting.Needs("port numbers from 0 to 65535"));
                return null;
            }

            ports.Add((int)port);
        }

        return ports.ToImmutable();
    }

    private ImmutableArray<IPAddress>? Addresses(Setting setting)
    {
        ImmutableArray<IPAddress>.Builder addresses = ImmutableArray.CreateBuilder<IPAddress>();
        foreach (string part in Parts(setting))
        {
            if (!IPAddress.TryParse(part.Trim('[', ']'), out IPAddress? address))
            {
                diagnostics.Add(setting.Needs("IP addresses"));
                return null;
            }

            addresses.Add(address);
        }

        return addresses.Count == 0 ? [IPAddress.Any] : addresses.ToImmutable();
    }

    private ChannelName? Channel(Setting setting)
    {
        if (setting.Value.StartsWith("CHANNEL=", StringComparison.OrdinalIgnoreCase) && ChannelName.IsValid(setting.Value.AsSpan(8).Trim()))
            return new ChannelName(setting.Value[8..].Trim());
        diagnostics.Add(setting.Needs("\"CHANNEL=name\""));
        return null;
    }

    private string? ClientAuthorities(Setting setting)
    {
        if (setting.Value.Length > 0 && !setting.Value.Any(char.IsControl)) return setting.Value;
        diagnostics.Add(setting.Needs("a path"));
        return null;
    }

    private int? Number(Setting setting, int least)
    {
        if (setting.AsNumber(least, int.MaxValue) is { } number) return (int)number;
        diagnostics.Add(setting.Needs($"a number of at least {least}"));
        return null;
    }

    private bool? Switch(Setting setting)
    {
        if (setting.AsSwitch() is { } on) return on;
        diagnostics.Add(setting.Needs("0 or 1"));
        return null;
    }

    private static string[] Parts(Setting setting) => setting.Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>A service while its settings are read.</summary>
    private sealed record Draft
    {
        public ImmutableArray<int> Ports { get; init; } = [];

        public ImmutableArray<int> TlsPorts { get; init; } = [];

        public bool HasPortFault { get; init; }

        public ImmutableArray<IPAddress> Addresses { get; init; } = [IPAddress.Any];

        public ChannelName? Channel { get; init; }

        public SourcePosition? ChannelPosition { get; init; }

        public int MaxConns { get; init; } = ListenerDefinition.DefaultMaxConns;

        public int MaxConnsPerIp { get; init; } = ListenerDefinition.DefaultMaxConnsPerIp;

        public int MaxConnsPerNetwork { get; init; }

        public int ConnsPerMinutePerIp { get; init; }

        public int Backlog { get; init; } = ListenerDefinition.DefaultBacklog;

        public ImmutableArray<IPNetwork> Proxies { get; init; } = [];

        public ImmutableArray<IPNetwork> XClientHosts { get; init; } = [];

        public bool XClientLogin { get; init; }

        public ImmutableArray<IPNetwork> XForwardHosts { get; init; } = [];

        public string? TlsClientAuthorities { get; init; }
    }
}
