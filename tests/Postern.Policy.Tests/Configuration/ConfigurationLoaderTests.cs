using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Session;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>Loading collects the findings of all files, each at its file and line.</summary>
public sealed class ConfigurationLoaderTests
{
    [Fact]
    public void Faults_in_several_files_are_all_told()
    {
        SiteFiles files = InitialSite.Files
            .With("postern.cnf", text => text.Replace("mx single_sys submit", "mx single_sys submti", StringComparison.Ordinal))
            .With("dispatcher.cnf", text => text.Replace("PORT=5587", "PORT=many", StringComparison.Ordinal))
            .With("users", text => $"{text}no-address *\n");
        int channel = Line(files, "postern.cnf", "submti"), port = Line(files, "dispatcher.cnf", "many"), user = Line(files, "users", "no-address");
        ConfigurationResult loaded = Load(files);
        Assert.Null(loaded.Snapshot);
        Assert.Equal(
            [
                $"dispatcher.cnf:{port}: error: PORT needs port numbers from 0 to 65535, not \"many\"",
                $"postern.cnf:{channel}: error: unknown channel option \"submti\"; did you mean \"submit\"?",
                $"users:{user}: error: \"no-address\" is no address of the form user@domain",
            ],
            loaded.Diagnostics.Select(d => d.ToString()));
    }

    [Theory]
    [InlineData("postern.cnf", "$E$U@native-daemon", "$E$U@natvie-daemon", "warning", "no channel has the host \"natvie-daemon\", so the rule leads nowhere; did you mean \"native-daemon\"?")]
    [InlineData("postern.cnf", "pool IMS_POOL", "pool IMS_POLL", "error", "unknown pool \"IMS_POLL\"; did you mean \"IMS_POOL\"?")]
    [InlineData("option.dat", "DEFAULT_DOMAIN", "DEFALUT_DOMAIN", "warning", "unknown option \"DEFALUT_DOMAIN\" is ignored; did you mean DEFAULT_DOMAIN?")]
    [InlineData("option.dat", "CONSOLE_PORT=8025", "CONSOLE_PORT=x", "error", "CONSOLE_PORT needs a number from 0 to 65535, not \"x\"")]
    [InlineData("option.dat", "CONSOLE_PORT=8025", "CONSOLE_PORT", "error", "\"CONSOLE_PORT\" is not NAME=value")]
    [InlineData("dispatcher.cnf", "CHANNEL=tcp_local", "CHANNEL=tcp_loacl", "error", "unknown channel \"tcp_loacl\"; did you mean \"tcp_local\"?")]
    [InlineData("dispatcher.cnf", "CHANNEL=tcp_local", "CHANNEL=ims-ms", "error", "channel \"ims-ms\" of service \"smtp\" is no SMTP channel")]
    [InlineData("dispatcher.cnf", "PORT=5587", "PORT=2525", "error", "port 2525 is taken by service \"smtp\"")]
    [InlineData("dispatcher.cnf", "PORT=5587", "", "error", "service \"submission\" has neither PORT nor TLS_PORT")]
    [InlineData("dispatcher.cnf", "[SERVICE=submission]", "[SERVICE=SMTP]", "error", "service \"SMTP\" is defined twice, first at dispatcher.cnf:3")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nMAX_PROCS=5\nMIN_CONNS=2", "warning", "no such thing here, ignored: MAX_PROCS, MIN_CONNS")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nPROXY_PROTOCOL=0.0.0.0/0", "error", "PROXY_PROTOCOL: \"0.0.0.0/0\" is everybody, who could then claim any address")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nPROXY_PROTOCOL=::ffff:0:0/96", "error", "PROXY_PROTOCOL: \"::ffff:0:0/96\" is everybody, who could then claim any address")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nPROXY_PROTOCOL=10.0.0.1, 10.1.2.3/16", "error", "PROXY_PROTOCOL needs addresses or ranges without host bits, not \"10.1.2.3/16\"")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nPROXY_PROTOCOL=10.1", "error", "PROXY_PROTOCOL needs addresses or ranges without host bits, not \"10.1\"")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nPROXY_PROTOCOL=yes", "error", "PROXY_PROTOCOL needs addresses or ranges without host bits, not \"yes\"")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nXCLIENT_HOSTS=::/0", "error", "XCLIENT_HOSTS: \"::/0\" is everybody, who could then claim any address")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nXFORWARD_HOSTS=10.1.2.3/16", "error", "XFORWARD_HOSTS needs addresses or ranges without host bits, not \"10.1.2.3/16\"")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nXCLIENT_LOGIN=maybe", "error", "XCLIENT_LOGIN needs 0 or 1, not \"maybe\"")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nPROXY_PROTOCOL=64.0.0.0/4", "warning", "PROXY_PROTOCOL: whoever has an address in \"64.0.0.0/4\" can claim any other")]
    [InlineData("postern.cnf", " submit mustsaslserver musttlsserver", " submit tlsswitchchannel tcp_auth", "warning", "channel \"tcp_submit\" has \"tlsswitchchannel\" and no \"maytlsserver\"; only ports with implicit TLS will switch")]
    [InlineData("postern.cnf", " submit mustsaslserver musttlsserver", " submit", "warning", "channel \"tcp_submit\" has \"saslswitchchannel\" and no \"maysaslserver\", so nobody can authenticate")]
    [InlineData("postern.cnf", " submit mustsaslserver", " submit userswitchchannel mustsaslserver", "warning", "channel \"tcp_submit\" has \"userswitchchannel\", which does nothing beside \"noswitchchannel\"")]
    [InlineData("users", "bob@example.com *", "bob@example.com * mailSMTPSubmitChannel=tcp_atuh", "error", "mailSMTPSubmitChannel names the unknown channel \"tcp_atuh\"; did you mean \"tcp_auth\"?")]
    [InlineData("users", "bob@example.com *", "@example.com * sourceChannel=ims-ms", "error", "sourceChannel names \"ims-ms\", which is no SMTP channel")]
    [InlineData("users", "bob@example.com *", "bob@example.com * sourceChannel=tcp_auth", "warning", "sourceChannel names \"tcp_auth\", which has \"noswitchchannel\" and takes no switched sessions")]
    [InlineData("postern.cnf", "maytls maysaslserver saslswitchchannel tcp_auth loopcheck rej", "maytls tlsswitchchannel tcp_intranet loopcheck rej", "warning", "\"tlsswitchchannel\" of channel \"tcp_local\" leads to \"tcp_intranet\", where any client with TLS may relay")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE=smtp]\nMAX_CON=5", "warning", "unknown option \"MAX_CON\" is ignored; did you mean MAX_CONNS?")]
    [InlineData("dispatcher.cnf", "[SERVICE=smtp]", "[SERVICE smtp]", "error", "\"[SERVICE smtp]\" is no section line such as [SERVICE=smtp]")]
    [InlineData("job_controller.cnf", "JOB_LIMIT=10", "JOB_LIMIT=0", "error", "JOB_LIMIT needs a number of at least 1, not \"0\"")]
    [InlineData("job_controller.cnf", "[POOL=IMS_POOL]", "[POOL=default]", "error", "pool \"default\" is defined twice, first at job_controller.cnf:3")]
    [InlineData("mappings", "$(192.0.2.25/32)", "$(0.0.0.0/0)", "warning", "\"$(0.0.0.0/0)\" makes public addresses such as 1.77.133.201 internal: they may relay")]
    [InlineData("mappings", "$(192.0.2.25/32)", "$(90.0.0.0/7)", "warning", "\"$(90.0.0.0/7)\" makes public addresses such as 90.77.133.201 internal: they may relay")]
    [InlineData("mappings", "$(192.0.2.25/32)", "${2000::/3}", "warning", "\"${2000::/3}\" makes public addresses such as 2001:4860:77::c9 internal: they may relay")]
    [InlineData("aliases", "postmaster: postmaster@ims-ms-daemon", "! gone", "warning", "\"postmaster@mta.example.com\" must reach somebody (RFC 5321 4.5.1); add an alias or a user")]
    public void Change_of_the_initial_configuration_is_noticed(string file, string old, string changed, string kind, string text)
    {
        SiteFiles files = InitialSite.Files.With(file, t => t.Replace(old, changed, StringComparison.Ordinal));
        ConfigurationResult loaded = Load(files);
        Assert.Contains($"{kind}: {text}", loaded.Diagnostics.Select(d => $"{(d.IsError ? "error" : "warning")}: {d.Text}"));
        Assert.Equal(loaded.Snapshot is null, loaded.Diagnostics.Any(d => d.IsError));
    }

    [Fact]
    public void Sender_that_would_open_the_relay_is_noticed()
    {
        SiteFiles files = InitialSite.Files
            .With("postern.cnf", text => text.Replace("tcp_local smtp ", "tcp_local smtp userswitchchannel ", StringComparison.Ordinal))
            .With("users", text => $"{text}boss@example.com * sourceChannel=tcp_intranet\n@example.net * sourceChannel=tcp_intranet\n");
        string[] texts = [.. Load(files).Diagnostics.Select(d => d.Text)];
        Assert.Contains("whoever claims to be \"boss@example.com\" may relay by service \"smtp\": sourceChannel of boss@example.com switched tcp_local to tcp_intranet", texts);
        Assert.Contains("whoever claims to be \"anybody@example.net\" may relay by service \"smtp\": sourceChannel of @example.net switched tcp_local to tcp_intranet", texts);
    }

    [Fact]
    public void Internal_proxy_is_noticed_where_it_needs_no_header()
    {
        SiteFiles files = InitialSite.Files.With("dispatcher.cnf", t =>
            $"{t}\n[SERVICE=balanced]\nPORT=2626\nPARAMETER=\"CHANNEL=tcp_local\"\nPROXY_PROTOCOL=10.0.0.7, 198.51.100.7\n");
        const string text = "the proxy 10.0.0.7 is internal to service \"smtp\", which has no PROXY_PROTOCOL for it: whoever it forwards there is internal too";
        Assert.Equal([text], Load(files).Diagnostics.Select(d => d.Text).Where(t => t.StartsWith("the proxy", StringComparison.Ordinal)));
    }

    [Fact]
    public void Proxies_are_read_with_ranges_of_both_families()
    {
        ListenerDefinition smtp = Load(InitialSite.Files.With("dispatcher.cnf", t => t.Replace(
            "[SERVICE=smtp]", "[SERVICE=smtp]\nPROXY_PROTOCOL=192.0.2.7, 10.1.0.0/16, 2001:db8:7::/48, ::ffff:172.16.0.0/112", StringComparison.Ordinal))).Snapshot!.Listeners[0];
        Assert.Equal(["192.0.2.7/32", "10.1.0.0/16", "2001:db8:7::/48", "172.16.0.0/16"], smtp.Proxies.Select(p => p.ToString()));
        string[] listed = ["192.0.2.7", "10.1.255.1", "2001:db8:7::1", "172.16.9.9"], others = ["192.0.2.8", "10.2.0.1", "2001:db8:8::1", "127.0.0.1", "::1"];
        Assert.All(listed, a => Assert.True(smtp.IsProxy(System.Net.IPAddress.Parse(a)), a));
        Assert.All(others, a => Assert.False(smtp.IsProxy(System.Net.IPAddress.Parse(a)), a));
    }

    [Theory]
    [InlineData("XCLIENT_HOSTS=192.0.2.7", "192.0.2.7", PeerRights.Client)]
    [InlineData("XCLIENT_HOSTS=192.0.2.7\nXCLIENT_LOGIN=1", "192.0.2.7", PeerRights.Client | PeerRights.Login)]
    [InlineData("XCLIENT_HOSTS=192.0.2.7\nXFORWARD_HOSTS=192.0.2.0/24", "192.0.2.7", PeerRights.Client | PeerRights.Forward)]
    [InlineData("XCLIENT_HOSTS=192.0.2.7\nXFORWARD_HOSTS=192.0.2.0/24", "192.0.2.8", PeerRights.Forward)]
    [InlineData("XCLIENT_LOGIN=1", "192.0.2.7", PeerRights.None)]
    [InlineData("PROXY_PROTOCOL=192.0.2.7", "192.0.2.7", PeerRights.None)]
    public void Peers_have_the_rights_they_are_listed_for(string options, string peer, PeerRights rights) => Assert.Equal(rights, Load(InitialSite.Files.With(
        "dispatcher.cnf", t => t.Replace("[SERVICE=smtp]", $"[SERVICE=smtp]\n{options}", StringComparison.Ordinal))).Snapshot!.Listeners[0].RightsOf(System.Net.IPAddress.Parse(peer)));

    [Fact]
    public void Main_file_must_be_one_of_two_names()
    {
        Dictionary<string, string> empty = new(StringComparer.Ordinal);
        Assert.Contains("postern.cnf: error: neither postern.cnf nor imta.cnf exists", Texts(Load(new SiteFiles(empty))));
        SiteFiles both = InitialSite.Files.With("imta.cnf", _ => "x\n");
        Assert.Contains("imta.cnf: error: both postern.cnf and imta.cnf exist; one of them must go", Texts(Load(both)));
        string text = InitialSite.Files.Read("postern.cnf", out _)!;
        ConfigurationResult ancestor = Load(new SiteFiles(new Dictionary<string, string>(StringComparer.Ordinal) { ["imta.cnf"] = text }));
        Assert.NotNull(ancestor.Snapshot);
    }

    [Fact]
    public void Listener_without_the_relay_table_is_an_error_unless_it_is_wanted()
    {
        SiteFiles open = InitialSite.Files.With("mappings", text => text.Replace("ORIG_SEND_ACCESS", "OTHER", StringComparison.Ordinal));
        Assert.Contains("mappings: error: there is no ORIG_SEND_ACCESS table, so anybody could relay; no listener starts without it unless ALLOW_OPEN_RELAY=1", Texts(Load(open)));
        ConfigurationResult wanted = Load(open.With("option.dat", text => $"{text}ALLOW_OPEN_RELAY=1\n"));
        Assert.NotNull(wanted.Snapshot);
        Assert.Contains("mappings: warning: there is no ORIG_SEND_ACCESS table and ALLOW_OPEN_RELAY is set: anybody may relay", Texts(wanted));
        Assert.Contains("dispatcher.cnf:3: warning: service \"smtp\" lets a stranger relay: nothing refuses mail from 203.0.113.9 to \"somebody@elsewhere.invalid\"", Texts(wanted));
    }

    [Fact]
    public void Listener_on_a_channel_that_no_entry_names_is_refused_unless_it_is_wanted()
    {
        SiteFiles files = InitialSite.Files
            .With("postern.cnf", text => $"{text}\nlmtp_in smtp\nlmtp_in-daemon\n")
            .With("dispatcher.cnf", text => text.Replace("CHANNEL=tcp_local", "CHANNEL=lmtp_in", StringComparison.Ordinal));
        ConfigurationResult refused = Load(files);
        Assert.Null(refused.Snapshot);
        Assert.Contains(
            "dispatcher.cnf:3: error: no entry of ORIG_SEND_ACCESS can name the channel \"lmtp_in\" of service \"smtp\", so anybody could relay through it; name it there, or set ALLOW_OPEN_RELAY=1",
            Texts(refused));

        string[] found = Texts(Load(files.With("option.dat", text => $"{text}ALLOW_OPEN_RELAY=1\n")));
        Assert.Contains(
            "dispatcher.cnf:3: warning: no entry of ORIG_SEND_ACCESS can name the channel \"lmtp_in\" of service \"smtp\"; ALLOW_OPEN_RELAY is set: anybody may relay through it",
            found);
        Assert.Contains("dispatcher.cnf:3: warning: service \"smtp\" lets a stranger relay: nothing refuses mail from 203.0.113.9 to \"somebody@elsewhere.invalid\"", found);
    }

    [Fact]
    public void Recipe_in_the_wrong_table_is_warned_of()
    {
        SiteFiles files = InitialSite.Files.With("mappings", text => $"{text}\nSEND_ACCESS\n\n  tcp_*|*|ims-ms|*  $N\n");
        Assert.Contains(Texts(Load(files)), text => text.Contains("\"tcp_*|*|ims-ms|*\" belongs in ORIG_SEND_ACCESS", StringComparison.Ordinal));
    }

    [Fact]
    public void Environment_overrides_the_option_file()
    {
        Dictionary<string, string> environment = new(StringComparer.Ordinal) { ["POSTERN_REPLY_ID"] = "0", ["POSTERN_CONFIG"] = "/x", ["REPLY_ID"] = "1" };
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", InitialSite.Files.With("option.dat", t => $"{t}REPLY_ID=1\n"), environment, version: 3);
        Assert.False(loaded.Snapshot!.Options.ReplyId);
        Assert.Equal((3L, "/site"), (loaded.Snapshot.Version, loaded.Snapshot.Directory));
        environment["POSTERN_REPLY_ID"] = "perhaps";
        Assert.Contains(
            "POSTERN_REPLY_ID: error: REPLY_ID needs 0 or 1, not \"perhaps\"",
            Texts(ConfigurationLoader.Load("/site", InitialSite.Files, environment, version: 3)));
    }

    [Fact]
    public void Options_are_read_by_every_name()
    {
        string text = string.Join('\n', PosternOptionTable.All.Select(o => $"{o.Name.ToLowerInvariant()} = {Sample(o)}"));
        ConfigurationResult loaded = Load(InitialSite.Files.With("option.dat", _ => text).With("texts", _ => "Key the text\n").With("notifications/de/return_suffix.txt", _ => "x\n"));
        Assert.Empty(loaded.Diagnostics.Where(d => d.File == "option.dat").Select(d => d.ToString()));
        PosternOptions options = loaded.Snapshot!.Options;
        Assert.True(options is { MappingParanoia: 'x', AccessCalloutFailureIgnore: true, EmptyListReject: true, MessageSizeLimit: 1024, AllowOpenRelay: true, ReplyId: true });
        Assert.Equal("the text", loaded.Snapshot.Mappings.Options.GeneralText["kEY"]);
    }

    [Fact]
    public void Numbers_may_have_a_base_and_lists_commas()
    {
        SiteFiles files = InitialSite.Files.With("dispatcher.cnf", _ => "MAX_CONNS=16%FF\nBACKLOG=64\n\n[SERVICE=smtp]\nPORT=25, 2525\nINTERFACE_ADDRESS=192.0.2.25,2001:db8::25\nMAX_CONNS_PER_IP=0\n");
        ListenerDefinition listener = Assert.Single(Load(files).Snapshot!.Listeners);
        Assert.Equal((255, 0, 64, "tcp_local"), (listener.MaxConns, listener.MaxConnsPerIp, listener.Backlog, listener.Channel.ToString()));
        Assert.Equal([25, 2525], listener.Ports);
        Assert.Equal(["192.0.2.25", "2001:db8::25"], listener.InterfaceAddresses.Select(a => a.ToString()));
    }

    [Fact]
    public void Reload_with_errors_changes_nothing()
    {
        LiveConfiguration live = new(Load(InitialSite.Files).Snapshot!);
        ConfigurationSnapshot before = live.Current;
        Assert.False(live.TryReplace(Load(InitialSite.Files.With("users", _ => "x\n")), out System.Collections.Immutable.ImmutableArray<Postern.Mapping.Text.Diagnostic> diagnostics));
        Assert.NotEmpty(diagnostics);
        Assert.Same(before, live.Current);
        ConfigurationResult next = Load(InitialSite.Files);
        Assert.True(live.TryReplace(next, out _));
        Assert.Same(next.Snapshot, live.Current);
    }

    private static string Sample(PosternOption option) => option.Name switch
    {
        "DEFAULT_DOMAIN" => "example.com",
        "NOTIFICATION_LANGUAGES" => "de",
        "GENERAL_TEXT" or "FORWARD_TEXT" or "REVERSE_TEXT" => "texts",
        "MAPPING_PARANOIA" => "x",
        "ACCESS_CALLOUT_FAILURE" => "ignore",
        "EMPTYLIST" => "reject",
        "IDENTITY_LOSS_ACTION" => "external",
        "LOG_DECISIONS" => "all",
        "LOG_PRIVACY" => "hash",
        "DOMAIN_FAILURE" => "reprocess-daemon",
        "LDAP_TLS" => "starttls",
        "LDAP_TLS_FINGERPRINT" => new string('a', 64),
        "LDAP_TIMEOUT" => "100",
        "LDAP_LOGIN_FILTER" => "(uid=%U)",
        "DELIVERY_OPTIONS" => "*mailbox=$M@ims-ms-daemon",
        "ALIAS_SOURCES" => "aliasfile ldap",
        _ => "1",
    };

    private static ConfigurationResult Load(SiteFiles files) =>
        ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);

    private static string[] Texts(ConfigurationResult loaded) => [.. loaded.Diagnostics.Select(d => d.ToString())];

    private static int Line(SiteFiles files, string file, string text) =>
        Array.FindIndex(files.Read(file, out _)!.Split('\n'), l => l.Contains(text, StringComparison.Ordinal)) + 1;
}
