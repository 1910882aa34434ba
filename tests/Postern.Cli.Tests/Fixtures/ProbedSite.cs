using System.Net;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>The initial configuration behind two proxies, so that strangers of both families can come; and the LMTP channels of the worked cases.</summary>
public sealed class ProbedSite : RunningSite
{
    /// <summary>The way in of a stranger by IPv4, and by IPv6.</summary>
    public static IReadOnlyList<(IPAddress Proxy, string Client)> Strangers { get; } =
        [(IPAddress.Parse("127.0.0.9"), "203.0.113.9"), (IPAddress.IPv6Loopback, "2001:db8:99::5")];

    protected override void Configure(PosternSite site)
    {
        site.Edit("dispatcher.cnf", text => text.Replace("[SERVICE=smtp]", $"PROXY_PROTOCOL={string.Join(", ", Strangers.Select(s => s.Proxy))}\n\n[SERVICE=smtp]", StringComparison.Ordinal));
        foreach (string channel in (string[])["tcp_lmtpcs", "tcp_lmtpcs_store2"])
            site.Append("postern.cnf", $"\n{channel} lmtp nomx single_sys\n{channel}-daemon\n\n");
    }
}
