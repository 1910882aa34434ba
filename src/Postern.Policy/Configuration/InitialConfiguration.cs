using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

// The relay policy lives in these texts and nowhere in code, so they stand here as an administrator will read them.
// INVARIANT: the entries of ORIG_SEND_ACCESS up to the first "ours" are those of "Blocking SMTP relaying", verbatim
// and in its order; what Postern adds follows them.
// INVARIANT: whatever the choices, what is written loads without a warning.

/// <summary>The configuration that <c>postern init</c> and a first run write: complete, commented, and blocking relay.</summary>
public static class InitialConfiguration
{
    private const int RuleColumn = 27;
    private const int AddressColumn = 18;

    private const string RelayTable = """
        ORIG_SEND_ACCESS

          tcp_local|*|tcp_local|*           $NRelaying$ not$ permitted
        ! Block direct submission to MTA "intermediate" channels
          tcp_*|*|native|*                  $N
          tcp_*|*|hold|*                    $N
          tcp_*|*|pipe|*                    $N
        ! Block direct submission to the store's delivery channels
          tcp_*|*|ims-ms|*                  $N
          tcp_*|tcp_lmtpcs*|*               $N
        ! Block explicit routing through internal hosts from outside
          tcp_local|*|tcp_intranet|@*:*.*   $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*$%*@*   $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*.*!*@*  $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|"*@*"@*  $N$D30|Explicit$ routing$ not$ allowed
        ! ours: channels that only the MTA itself may address
          tcp_*|*|process|*                 $N
          tcp_local|*|reprocess|*           $N
          tcp_*|*|conversion|*              $N
          tcp_*|*|defragment|*              $N
          tcp_*|*|bitbucket|*               $N
          tcp_*|*|filter_discard|*          $N
          tcp_*|*|tcp_auth|*                $N
          tcp_*|*|tcp_submit|*              $N
        ! ours: channel tags written by a client, alone or as a route
          tcp_*|*|*|*@*-daemon              $N
          tcp_*|*|*|@*-daemon*              $N
        ! ours: the seed's four forms where it needs a dot or finds no quote
          tcp_local|*|tcp_intranet|@*       $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*!*@*    $N$D30|Explicit$ routing$ not$ allowed
          tcp_local|*|tcp_intranet|*@*@*    $N$D30|Explicit$ routing$ not$ allowed

        """;

    private const string Channels = """
        ! ---- Part II: channels ----
        ! Nobody may switch to or from a channel unless it says so; log everything
        defaults noswitchchannel logging notices 1 2 4 7 copywarnpost copysendpost postheadonly

        ! Local: aliases only, unknown users refused
        l viaaliasrequired pool LOCAL_POOL
        {HOST}

        ! Store delivery
        ims-ms pool IMS_POOL maxjobs 2 notices 1 7 14 21 28 backoff "PT5M" "PT10M" "PT30M" "PT1H" "PT2H" "PT4H"
        ims-ms-daemon

        native pool LOCAL_POOL
        native-daemon

        pipe single pool LOCAL_POOL
        pipe-daemon

        hold pool LOCAL_POOL
        hold-daemon

        ! Internet. switchchannel: look at the source IP. identnonenumeric: never trust a PTR name.
        ! maysaslserver + saslswitchchannel: authenticated users become tcp_auth.
        tcp_local smtp mx single_sys remotehost switchchannel identnonenumeric \
          maytls maysaslserver saslswitchchannel tcp_auth loopcheck rejectsmtplonglines \
          disconnectbadcommandlimit 10 recipientlimit 1000 pool SMTP_POOL maxjobs 7{RELAY}
        tcp_local-daemon
        tcp-daemon

        ! Internal hosts. allowswitchchannel: sessions may be moved here. No routelocal: the
        ! "explicit routing" entries of ORIG_SEND_ACCESS need to see the route.
        tcp_intranet smtp mx single_sys allowswitchchannel dequeueremoveroute identnonenumeric \
          maytls maysaslserver saslswitchchannel tcp_auth loopcheck pool SMTP_POOL maxjobs 7
        tcp_intranet-daemon

        ! Submission, ports 587 and 465. TLS and AUTH required, so no IP switching.
        tcp_submit smtp mx single_sys submit mustsaslserver musttlsserver saslswitchchannel tcp_submit pool SMTP_POOL
        tcp_submit-daemon

        ! Target of saslswitchchannel
        tcp_auth smtp mx single_sys mustsaslserver maytlsserver pool SMTP_POOL
        tcp_auth-daemon

        process pool LOCAL_POOL
        process-daemon

        reprocess pool LOCAL_POOL
        reprocess-daemon

        conversion pool LOCAL_POOL
        conversion-daemon

        defragment pool LOCAL_POOL
        defragment-daemon

        bitbucket
        bitbucket-daemon

        filter_discard notices 7
        filter_discard-daemon

        """;

    /// <summary>The files in the order in which they are best read.</summary>
    public static IEnumerable<InitialFile> Write(InitialConfigurationChoices choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        return
        [
            new InitialFile(ConfigurationLoader.MainFile, Main(choices), Secret: false),
            new InitialFile(ConfigurationLoader.MappingsFile, Mappings(choices), Secret: false),
            new InitialFile(ConfigurationLoader.AliasesFile, Aliases(choices), Secret: false),
            new InitialFile(DispatcherFile.FileName, Dispatcher(choices), Secret: false),
            new InitialFile(JobControllerFile.FileName, JobController, Secret: false),
            new InitialFile(PosternOptionTable.FileName, Options(choices), Secret: false),
            new InitialFile(UsersFile.FileName, Users, Secret: true),
        ];
    }

    private static string Main(InitialConfigurationChoices choices)
    {
        string host = Plain(choices.HostName);
        StringBuilder text = new();
        text.Append(
            """
            ! postern.cnf - blocks relaying by default.
            !
            ! ---- Part I: rewrite rules (no blank line until the end) ----
            ! Domains listed in the directory are local; recipients only, right of @ only

            """);
        Rule(text, "$*", $"$A$E$F$U%$H$V$H@{host}");
        text.Append("! Our name and the domains we take mail for, in all contexts\n");
        foreach (string name in LocalNames(choices)) Rule(text, name, $"$U%$D@{host}");
        ImmutableArray<string> inside = [.. Names(choices.InternalDomains).Except(LocalNames(choices))];
        if (!inside.IsEmpty) text.Append("! Hosts we relay to inside\n");
        foreach (string domain in inside)
        {
            Rule(text, domain, "$U%$D@tcp_intranet-daemon");
            Rule(text, $".{domain}", "$U%$H$D@tcp_intranet-daemon");
        }

        text.Append("! Internal channels, reached only through alias processing\n");
        foreach (string channel in (string[])["ims-ms", "native", "pipe"]) Rule(text, $"{channel}.{host}", $"$E$U@{channel}-daemon");
        foreach (string channel in (string[])["hold", "process", "reprocess", "conversion", "defragment", "bitbucket"])
            Rule(text, $"{channel}.{host}", $"$E$U%{channel}.{host}@{channel}-daemon");
        ImmutableArray<IPAddress> own = Own(choices);
        if (!own.IsEmpty) text.Append("! user@[our address] is local mail\n");
        foreach (IPAddress address in own) Rule(text, Literal(address), $"$E$F$U%{host}@{host}");
        text.Append("! Source IP test: internal addresses belong to tcp_intranet (used by switchchannel)\n");
        Rule(text, "[]", "$E$R${INTERNAL_IP,$L}$U%[$L]@tcp_intranet-daemon");
        text.Append("! The rest of the world\n");
        Rule(text, ".", "$U%$H@tcp_local-daemon");
        text.Append('\n');
        return text
            .Append(Channels.Replace("{HOST}", host, StringComparison.Ordinal).Replace("{RELAY}", Relay(choices), StringComparison.Ordinal))
            .ToString();
    }

    private static void Rule(StringBuilder text, string pattern, string template) => text.Append(Columns(pattern, template, RuleColumn));

    /// <summary>A name without a dot keeps its meaning by a final one; otherwise <c>daemon</c> would mean the channel's own host.</summary>
    private static string Relay(InitialConfigurationChoices choices)
    {
        if (choices.RelayHost is not var (name, port)) return "";
        string host = name.Trim('[', ']');
        bool complete = IPAddress.TryParse(host, out _) || host.Contains('.', StringComparison.Ordinal) || host.Equals("localhost", StringComparison.OrdinalIgnoreCase);
        return $" \\\n  daemon {host}{(complete ? "" : ".")} port {port}";
    }

    private static string Mappings(InitialConfigurationChoices choices)
    {
        StringBuilder text = new();
        text.Append(
            """
            ! mappings - who may connect, who is internal, who may relay. Everything is allowed that no entry refuses.

            PORT_ACCESS

              *|*|*|*|*   $C$|INTERNAL_IP;$3|$Y$E
              *           $YEXTERNAL

            ! Addresses whose clients may relay. List only machines that you answer for.
            INTERNAL_IP


            """);
        foreach (string pattern in InternalPatterns(choices)) text.Append(Columns($"  {pattern}", "$Y", AddressColumn + 3));
        text.Append(Columns("  *", "$N", AddressColumn + 3));
        return text.Append('\n').Append(RelayTable).ToString();
    }

    private static IEnumerable<string> InternalPatterns(InitialConfigurationChoices choices) => Own(choices)
        .Select(address => Block(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128))
        .Concat(choices.Internal.Select(Block))
        .Append("127.0.0.1")
        .Append("${::1/128}")
        .Distinct(StringComparer.Ordinal);

    private static string Block(string cidr)
    {
        if (IPAddress.TryParse(cidr, out IPAddress? single))
        {
            IPAddress address = Unmapped(single);
            return Block(address, address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128);
        }

        if (!IPNetwork.TryParse(cidr, out IPNetwork network)) throw new ArgumentException($"\"{cidr}\" is no address or network", nameof(cidr));
        return network.BaseAddress.IsIPv4MappedToIPv6 && network.PrefixLength >= 96
            ? Block(network.BaseAddress.MapToIPv4(), network.PrefixLength - 96)
            : Block(network.BaseAddress, network.PrefixLength);
    }

    private static string Block(IPAddress address, int prefix) =>
        address.AddressFamily == AddressFamily.InterNetwork ? $"$({address}/{prefix})" : $"${{{address}/{prefix}}}";

    private static string Aliases(InitialConfigurationChoices choices)
    {
        StringBuilder text = new();
        text.Append(
            """
            ! aliases - postmaster has a mailbox of that name until somebody is named here
            postmaster: postmaster@ims-ms-daemon
            abuse: postmaster

            """);
        string host = Plain(choices.HostName);
        foreach (string domain in Names(choices.Domains).Skip(1).Where(d => d != host))
            text.Append($"postmaster@{domain}: postmaster\nabuse@{domain}: postmaster\n");
        return text.ToString();
    }

    private static string Dispatcher(InitialConfigurationChoices choices) =>
        $"""
        ! dispatcher.cnf - the services that listen, and the channel their sessions start in

        [SERVICE=smtp]
        PORT={choices.Port}
        PARAMETER="CHANNEL=tcp_local"

        ! STARTTLS, then AUTH
        [SERVICE=submission]
        PORT={choices.SubmissionPort}
        PARAMETER="CHANNEL=tcp_submit"

        ! TLS from the first octet, then AUTH
        [SERVICE=submissions]
        TLS_PORT={choices.SubmissionsPort}
        PARAMETER="CHANNEL=tcp_submit"

        """;

    private const string JobController = """
        ! job_controller.cnf - pools of delivery jobs; the first one is the default

        [POOL=DEFAULT]
        JOB_LIMIT=10

        [POOL=LOCAL_POOL]
        JOB_LIMIT=10

        [POOL=IMS_POOL]
        JOB_LIMIT=10

        [POOL=SMTP_POOL]
        JOB_LIMIT=10

        """;

    private const string Users = """
        ! users - the embedded directory, one "address verifier" a line; postern user add writes it.
        ! The domains of these addresses are local. * instead of a verifier is a mailbox without login.

        """;

    private static string Options(InitialConfigurationChoices choices)
    {
        StringBuilder text = new();
        text.Append("! option.dat - one NAME=value a line; POSTERN_NAME in the environment overrides\n");
        text.Append($"DEFAULT_DOMAIN={Plain(choices.Domains[0])}\n");
        if (choices.StoreDirectory is { } store) text.Append($"STORE_DIRECTORY=\"{store}\"\n");
        text.Append($"CONSOLE_PORT={choices.ConsolePort}\n");
        return text.ToString();
    }

    /// <summary>Our host name and the chosen domains, each once.</summary>
    private static IEnumerable<string> LocalNames(InitialConfigurationChoices choices) => Names([choices.HostName, .. choices.Domains]);

    private static IEnumerable<string> Names(ImmutableArray<string> names) => names.Select(Plain).Distinct(StringComparer.Ordinal);

    /// <summary>Lower case, A-labels, no final dot; what is no domain stays, and loading will tell.</summary>
    private static string Plain(string domain) => ChannelTable.KeyOf(domain) ?? domain;

    private static ImmutableArray<IPAddress> Own(InitialConfigurationChoices choices) =>
        [.. choices.OwnAddresses.Select(Unmapped).Where(a => !IPAddress.IsLoopback(a)).Distinct()];

    /// <summary>Without IPv4 mapping and without zone.</summary>
    private static IPAddress Unmapped(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : new IPAddress(address.GetAddressBytes());

    private static string Literal(IPAddress address) => address.AddressFamily == AddressFamily.InterNetwork ? $"[{address}]" : $"[IPv6:{address}]";

    private static string Columns(string left, string right, int column) => $"{left.PadRight(column)} {right}\n";
}
