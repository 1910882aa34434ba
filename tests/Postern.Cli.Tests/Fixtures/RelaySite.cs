using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Fixtures;

/// <summary>The site of the relay tests: aliases and a list that lead outside or through the re-queueing channels, and an LMTP channel.</summary>
public sealed class RelaySite : RunningSite
{
    protected override void Configure(PosternSite site)
    {
        site.Write("team.members", "first@other.test\nsecond@other.test\nann@example.com\n");
        site.Write("fresh.members", "third@other.test\n");
        site.Write("posters", "member@ext.example\n");
        site.Write("process.members", "@process-daemon:v@other.test\n");
        site.Append("aliases", $"""

            away: v@other.test
            both: v@other.test, bob@example.com
            owner-team: bob@example.com
            team: <{site.PathOf("team.members")}, [ENVELOPE_FROM] owner-team@example.com
            owner-closed: bob@example.com
            closed: <{site.PathOf("team.members")}, [ENVELOPE_FROM] owner-closed@example.com, [AUTH_LIST] {site.PathOf("posters")}, [TAG] [closed]
            moderated: <{site.PathOf("team.members")}, [ENVELOPE_FROM] owner-team@example.com, [MODERATOR_ADDRESS] bob@example.com
            fresh: <{site.PathOf("fresh.members")}, [ENVELOPE_FROM] owner-team@example.com
            each: <{site.PathOf("team.members")}, [ENVELOPE_FROM] owner-team+*@example.com
            via-process: @process-daemon:v@other.test
            via-reprocess: @reprocess-daemon:v@other.test
            via-conversion: @conversion-daemon:v@other.test
            via-defragment: @defragment-daemon:v@other.test
            list-process: <{site.PathOf("process.members")}, [ENVELOPE_FROM] owner-team@example.com
            home-process: @process-daemon:bob@example.com

            """);
        site.Append("postern.cnf", "\ntcp_lmtpcs1 lmtp nomx single_sys dequeueremoveroute pool SMTP_POOL\ntcp_lmtpcs1-daemon\n\n");
    }
}
