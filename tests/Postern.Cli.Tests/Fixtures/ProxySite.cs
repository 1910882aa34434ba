using System.Net;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>
/// Two proxies are listed: <see cref="Outer"/>, a stranger by its own address, and <see cref="Inner"/>, itself an internal host.
/// Internal are also 10.77.0.0/16 and 2001:db8:77::/48.
/// </summary>
public sealed class ProxySite : RunningSite
{
    public static IPAddress Outer { get; } = IPAddress.Parse("127.0.0.9");

    public static IPAddress Inner { get; } = Client.Internal;

    protected override void Configure(PosternSite site)
    {
        site.Edit("dispatcher.cnf", text => text.Replace("[SERVICE=smtp]", $"PROXY_PROTOCOL={Outer}, {Inner}\nMAX_CONNS_PER_IP=5\n\n[SERVICE=smtp]", StringComparison.Ordinal));
        site.Edit("mappings", text => text.Replace("INTERNAL_IP\n\n", "INTERNAL_IP\n\n  $(10.77.0.0/16)  $Y\n  ${2001:db8:77::/48}  $Y\n", StringComparison.Ordinal));
    }
}
