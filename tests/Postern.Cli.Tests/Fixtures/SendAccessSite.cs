using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>The relay entry moved from ORIG_SEND_ACCESS to SEND_ACCESS.</summary>
public sealed class SendAccessSite : RunningSite
{
    protected override void Configure(PosternSite site)
    {
        site.Append("aliases", "\naway: v@other.test\nboth: v@other.test, bob@example.com\n");
        string entry = site.Cut("mappings", "tcp_local|*|tcp_local|*");
        site.Append("mappings", $"\nSEND_ACCESS\n\n{entry}\n");
    }
}
