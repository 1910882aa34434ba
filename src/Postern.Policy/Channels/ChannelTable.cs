using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Channels;

/// <summary>All channels of a configuration, by name and by the host names that route to them.</summary>
public sealed class ChannelTable
{
    private readonly FrozenDictionary<ChannelName, ChannelDefinition> _byName;
    private readonly FrozenDictionary<string, ChannelHost> _byHost;

    /// <param name="channels">the first one is <c>l</c>; names and hosts are unique.</param>
    internal ChannelTable(ImmutableArray<ChannelDefinition> channels)
    {
        All = channels;
        Local = channels[0];
        _byName = channels.ToFrozenDictionary(c => c.Name);
        _byHost = channels.SelectMany(HostsOf).ToFrozenDictionary(h => KeyOf(h.Name)!.ToLowerInvariant(), StringComparer.Ordinal);
    }

    /// <summary>The table with every channel replaced; names and hosts must stay what they are.</summary>
    internal ChannelTable With(Func<ChannelDefinition, ChannelDefinition> change) => new([.. All.Select(change)]);

    /// <summary>In the order of the file.</summary>
    public ImmutableArray<ChannelDefinition> All { get; }

    /// <summary>The channel <c>l</c>.</summary>
    public ChannelDefinition Local { get; }

    /// <summary>Reads channel blocks. Every fault becomes a diagnostic; the sound channels are kept.</summary>
    /// <param name="lines">what follows the rewrite rules.</param>
    /// <param name="end">where a finding about the whole is reported.</param>
    /// <param name="noticeUnit">what a bare number of <c>notices</c> counts.</param>
    /// <returns>null when there is no usable channel <c>l</c>.</returns>
    public static ChannelTable? Load(
        IReadOnlyList<LogicalLine> lines, SourcePosition end, TimeSpan noticeUnit, ImmutableArray<JobPool> pools, ICollection<Diagnostic> diagnostics) =>
        new ChannelTableReader(noticeUnit, diagnostics).Read(lines, end, pools);

    public ChannelDefinition? FindByName(ChannelName name) => _byName.GetValueOrDefault(name);

    /// <summary>The channel that a host name routes to.</summary>
    /// <param name="hostKey">case-blind; a trailing dot is ignored; internationalised labels as A-labels (<see cref="MailDomain.Key"/>).</param>
    public ChannelDefinition? FindByHost(string hostKey) => FindHost(hostKey)?.Channel;

    /// <summary>As <see cref="FindByHost"/>, with the name that an envelope recipient is changed to.</summary>
    public ChannelHost? FindHost(string hostKey) => _byHost.GetValueOrDefault(Plain(hostKey));

    /// <summary>The form in which host names are compared, or null when the text is no host name.</summary>
    internal static string? KeyOf(string host) =>
        AddressParser.Parse($"x@{host}", smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Domain: { } domain } }
            ? domain.Key
            : null;

    internal static IEnumerable<ChannelHost> HostsOf(ChannelDefinition channel) =>
    [
        new ChannelHost(channel, channel.OfficialHost, channel.OfficialHost),
        .. channel.Hosts.Select(h => new ChannelHost(channel, h.Name, h.ProperName ?? channel.OfficialHost)),
    ];

    private static string Plain(string hostKey) => hostKey.ToLowerInvariant() is [.. var name, '.'] ? name : hostKey.ToLowerInvariant();
}
