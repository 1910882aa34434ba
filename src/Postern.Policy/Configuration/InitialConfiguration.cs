using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

// INVARIANT: whatever the choices, what is written loads without a warning.

/// <summary>The configuration that <c>postern init</c> and a first run write: complete, commented, and blocking relay.</summary>
public static class InitialConfiguration
{
    private const int RuleColumn = 27;
    private const int AddressColumn = 17;

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
            new InitialFile(JobControllerFile.FileName, InitialTexts.JobController, Secret: false),
            new InitialFile(PosternOptionTable.FileName, Options(choices), Secret: false),
            new InitialFile(UsersFile.FileName, InitialTexts.Users, Secret: true),
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
            .Append(InitialTexts.Channels.Replace("{HOST}", host, StringComparison.Ordinal).Replace("{RELAY}", Relay(choices), StringComparison.Ordinal))
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
        return text.Append('\n').Append(InitialTexts.RelayTable).ToString();
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
