using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>All options of <c>&lt;channel&gt;_option</c> files (Technical Reference, "TCPIP-channel-specific options").</summary>
public static class ChannelFileOptions
{
    /// <summary>Clients that wait a minute for a greeting give up.</summary>
    private const int LongestBannerDelay = 6000;

    private static readonly char[] Separators = [',', ' ', '\t'];

    public static ImmutableArray<ChannelFileOption> All { get; } =
    [
        new("522_PERMANENT_ERROR_STRING", "texts with commas between", (c, s) => Texts(s.Value) is { } texts ? c with { PermanentErrorTexts = texts } : null),
        Number("ATTEMPT_TRANSACTIONS_PER_SESSION", (c, n) => c with { TransactionsPerConnection = n }),
        new("BANNER_PURGE_DELAY", $"hundredths of a second from 0 to {LongestBannerDelay}", (c, s) => s.AsNumber(0, LongestBannerDelay) is { } n ? c with { BannerDelay = TimeSpan.FromMilliseconds(n * 10) } : null),
        new("HOST_BACKOFF", "a duration such as PT5M", (c, s) => IsoDuration.TryParse(s.Value, out TimeSpan wait) ? c with { HostBackoff = wait } : null),
        Number("MAX_CONNS_PER_HOST", (c, n) => c with { ConnectionsPerHost = n }),
        new("MAX_RATE_PER_HOST", "a number from 0, which is no limit", (c, s) => s.AsNumber(0, int.MaxValue) is { } n ? c with { MessagesPerMinutePerHost = n == 0 ? null : (int)n } : null),
        Number("MAX_RCPT_PER_TRANSACTION", (c, n) => c with { RecipientsPerTransaction = n }),
        new("MUST_TLS_HOSTS", "host names, .example.com for all below it", (c, s) => Hosts(s.Value) is { } hosts ? c with { MustTlsHosts = hosts } : null),
    ];

    private static readonly FrozenDictionary<string, ChannelFileOption> ByName = All.ToFrozenDictionary(o => o.Name, StringComparer.Ordinal);

    /// <param name="name">upper case.</param>
    public static ChannelFileOption? Find(string name) => ByName.GetValueOrDefault(name);

    private static ChannelFileOption Number(string name, Func<ChannelDefinition, int, ChannelDefinition> set) =>
        new(name, "a number from 1", (c, s) => s.AsNumber(1, int.MaxValue) is { } n ? set(c, (int)n) : null);

    private static ImmutableArray<string>? Texts(string value) =>
        value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) is { Length: > 0 } texts ? [.. texts] : null;

    private static ImmutableArray<string>? Hosts(string value)
    {
        string[] hosts = value.ToLowerInvariant().Split(Separators, StringSplitOptions.RemoveEmptyEntries);
        return hosts.Length > 0 && Array.TrueForAll(hosts, h => Uri.CheckHostName(h.TrimStart('.')) == UriHostNameType.Dns) ? [.. hosts] : null;
    }
}
