using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Smtp.Framing;
using static Postern.Policy.Channels.ChannelOptionSupport;

namespace Postern.Policy.Channels;

// The one table of channel options. A row is a spelling, what it takes and what it sets; the reader of channel blocks
// knows no option by name. Rows stand in the order of the Administration Guide's groups. A row that names what Postern
// does anyway is supported and changes nothing.

/// <summary>All channel options (Administration Guide 6.3, ch. 12; Technical Reference, "Channel options").</summary>
public static class ChannelOptions
{
    private const int MostBackoffs = 8;
    private const int MostNotices = 5;
    private const int LongestName = 32;

    public static ImmutableArray<ChannelOption> All { get; } =
    [
        // Addresses
        Flag("routelocal", c => c with { RouteLocal = true }),
        Flag("noroutelocal", c => c with { RouteLocal = false }),
        Flag("bangoverpercent", c => c with { BangOverPercent = true }),
        Flag("nobangoverpercent", c => c with { BangOverPercent = false }),
        Flag("sourceroute", c => c),
        Flag("822", c => c),
        Later("percents"),
        Later("733"),
        Later("uucp"),
        Later("bangstyle"),
        Flag("header_822", c => c),
        Later("header_733"),
        Later("header_uucp"),
        Later("exproute"),
        Flag("noexproute", c => c),
        Later("improute"),
        Flag("noimproute", c => c),
        Flag("dequeueremoveroute", c => c with { DequeueRemoveRoute = true }),
        Flag("dequeue_removeroute", c => c with { DequeueRemoveRoute = true }),
        Flag("enqueueremoveroute", c => c with { EnqueueRemoveRoute = true }),
        new("defaulthost", "host [recipient-host]", Supported, (c, a) => a.TakeHost() is { } host ? c with { DefaultHost = host, DefaultHostRecipients = a.TakeFurtherHost() } : c),
        Flag("nodefaulthost", c => c with { DefaultHost = null, DefaultHostRecipients = null }),
        Flag("remotehost", c => c with { RemoteHost = true }),
        Flag("noremotehost", c => c with { RemoteHost = false }),
        Later("authhost"),
        Flag("noauthhost", c => c),
        Flag("viaaliasrequired", c => c with { ViaAliasRequired = true }),
        Flag("viaaliasoptional", c => c with { ViaAliasRequired = false }),
        Flag("aliaslocal", c => c with { AliasLocal = true }),
        Flag("subaddressexact", c => c with { Subaddress = SubaddressUse.Exact }),
        Flag("subaddressrelaxed", c => c with { Subaddress = SubaddressUse.Relaxed }),
        Flag("subaddresswild", c => c with { Subaddress = SubaddressUse.Wild }),
        LaterNumber("aliasmagic"),
        Flag("rules", c => c with { Rules = true }),
        Flag("norules", c => c with { Rules = false }),
        Flag("reverse", c => c with { Reverse = true }),
        Flag("noreverse", c => c with { Reverse = false }),
        Later("inner"),
        Flag("noinner", c => c),
        Number("authrewrite", 0, 2, (c, n) => c with { AuthRewrite = n }),
        Flag("connectalias", c => c),
        Later("connectcanonical"),
        Later("acceptalladdresses"),
        Flag("acceptvalidaddresses", c => c),
        Number("expandlimit", 0, int.MaxValue, (c, n) => c with { ExpandLimit = n }),

        // Switching and type
        Flag("switchchannel", c => c with { Switch = SwitchUse.Switch }),
        Flag("allowswitchchannel", c => c with { Switch = SwitchUse.Allow }),
        Flag("noswitchchannel", c => c with { Switch = SwitchUse.No }),
        Channel("saslswitchchannel", (c, name) => c with { SaslSwitchChannel = name }),
        Flag("nosaslswitchchannel", c => c with { SaslSwitchChannel = null }),
        Channel("tlsswitchchannel", (c, name) => c with { TlsSwitchChannel = name }),
        Flag("notlsswitchchannel", c => c with { TlsSwitchChannel = null }),
        Flag("userswitchchannel", c => c with { UserSwitchChannel = true }),
        Flag("nouserswitchchannel", c => c with { UserSwitchChannel = false }),
        Flag("submit", c => c with { Submit = true }),
        Flag("smtp", c => c with { Smtp = true }),
        Flag("smtp_crlf", c => c with { Smtp = true }),
        LooseLineEnds("smtp_cr"),
        LooseLineEnds("smtp_lf"),
        LooseLineEnds("smtp_crorlf"),
        Flag("nosmtp", c => c with { Smtp = false }),
        Flag("lmtp", c => c with { Lmtp = true }),
        Later("master"),
        Later("slave"),
        Flag("bidirectional", c => c),

        // SASL and TLS
        Flag("maysaslserver", c => c with { SaslServer = SaslUse.May }),
        Flag("mustsaslserver", c => c with { SaslServer = SaslUse.Must }),
        Flag("nosaslserver", c => c with { SaslServer = SaslUse.No }),
        Flag("maysaslclient", c => c with { SaslClient = SaslUse.May }),
        Flag("mustsaslclient", c => c with { SaslClient = SaslUse.Must }),
        Flag("nosaslclient", c => c with { SaslClient = SaslUse.No }),
        Flag("maysasl", c => c with { SaslServer = SaslUse.May, SaslClient = SaslUse.May }),
        Flag("mustsasl", c => c with { SaslServer = SaslUse.Must, SaslClient = SaslUse.Must }),
        Flag("nosasl", c => c with { SaslServer = SaslUse.No, SaslClient = SaslUse.No }),
        Text("authusername", "name", (c, text) => c with { AuthUserName = text }),
        Text("authpassword", "password", (c, text) => c with { AuthPassword = text }),
        Text("externalidentity", "identity", (c, text) => c with { ExternalIdentity = text }),
        Text("saslmechanisms", "mechanisms", (c, text) => c with { SaslMechanisms = Mechanisms(text) }),
        Flag("maytlsserver", c => c with { TlsServer = TlsUse.May }),
        Flag("musttlsserver", c => c with { TlsServer = TlsUse.Must }),
        Flag("notlsserver", c => c with { TlsServer = TlsUse.No }),
        Flag("maytlsclient", c => c with { TlsClient = TlsUse.May }),
        Flag("musttlsclient", c => c with { TlsClient = TlsUse.Must }),
        Flag("notlsclient", c => c with { TlsClient = TlsUse.No }),
        Flag("maytls", c => c with { TlsServer = TlsUse.May, TlsClient = TlsUse.May }),
        Flag("musttls", c => c with { TlsServer = TlsUse.Must, TlsClient = TlsUse.Must }),
        Flag("notls", c => c with { TlsServer = TlsUse.No, TlsClient = TlsUse.No }),
        Number("disconnectbadauthlimit", 1, int.MaxValue, (c, n) => c with { DisconnectBadAuthLimit = n }),
        LaterNumber("plaintextmincipher"),

        // DNS and connection
        Flag("mx", c => c with { UsesMx = true }),
        Flag("nonrandommx", c => c with { UsesMx = true }),
        Flag("randommx", c => c with { UsesMx = true }),
        Flag("defaultmx", c => c with { UsesMx = true }),
        Flag("nomx", c => c with { UsesMx = false }),
        new("daemon", "host", Supported, (c, a) => a.TakeHostOrSocket() is { } host ? c with { Daemon = host } : c),
        Number("port", 1, 65535, (c, n) => c with { Port = n }),
        new("interfaceaddress", "ip", Supported, (c, a) => a.TakeAddress() is { } ip ? c with { InterfaceAddress = ip } : c),
        new("lastresort", "host", Supported, (c, a) => a.TakeHost() is { } host ? c with { LastResort = host } : c),
        new("nameservers", "ip...", NotYet, (c, a) => Skip(c, a.SkipAddresses)),
        Flag("defaultnameservers", c => c),
        Later("dnsforcetemporary"),
        Ident("identnone", hostNameSwitch: true, ClientDisplay.NameAndAddress),
        Ident("identnonelimited", hostNameSwitch: false, ClientDisplay.NameAndAddress),
        Ident("identnonesymbolic", hostNameSwitch: true, ClientDisplay.Name),
        Ident("identnonenumeric", hostNameSwitch: false, ClientDisplay.Address),
        Ident("identtcp", hostNameSwitch: true, ClientDisplay.NameAndAddress),
        Ident("identtcplimited", hostNameSwitch: false, ClientDisplay.NameAndAddress),
        Ident("identtcpsymbolic", hostNameSwitch: true, ClientDisplay.Name),
        Ident("identtcpnumeric", hostNameSwitch: false, ClientDisplay.Address),
        Flag("forwardchecknone", c => c with { ForwardCheck = ForwardCheck.None }),
        Flag("forwardchecktag", c => c with { ForwardCheck = ForwardCheck.Tag }),
        Flag("forwardcheckdelete", c => c with { ForwardCheck = ForwardCheck.Delete }),
        Flag("mailfromdnsverify", c => c with { MailFromDnsVerify = true }),
        Flag("nomailfromdnsverify", c => c with { MailFromDnsVerify = false }),
        Flag("loopcheck", c => c with { LoopCheck = true }),
        Flag("noloopcheck", c => c with { LoopCheck = false }),
        Later("ehlo"),
        Flag("checkehlo", c => c),
        Later("noehlo"),
        Flag("allowehlo", c => c),
        Later("blockehlo"),
        Later("allowetrn"),
        Flag("blocketrn", c => c),
        Later("silentetrn"),
        Later("domainetrn"),
        Flag("vrfydefault", c => c with { Verify = VerifyUse.Default }),
        Flag("vrfyallow", c => c with { Verify = VerifyUse.Allow }),
        Flag("vrfyhide", c => c with { Verify = VerifyUse.Hide }),
        Later("cacheeverything"),
        Later("cachefailures"),
        Later("cachesuccesses"),
        Later("nocache"),

        // Limits
        Number("blocklimit", 1, int.MaxValue, (c, n) => c with { BlockLimit = n }),
        Flag("noblocklimit", c => c with { BlockLimit = null }),
        Number("sourceblocklimit", 1, int.MaxValue, (c, n) => c with { SourceBlockLimit = n }),
        Flag("nosourceblocklimit", c => c with { SourceBlockLimit = null }),
        LaterNumber("linelimit"),
        Flag("nolinelimit", c => c),
        Number("recipientlimit", 1, int.MaxValue, (c, n) => c with { RecipientLimit = n }),
        Number("recipientcutoff", 1, int.MaxValue, (c, n) => c with { RecipientCutoff = n }),
        Number("transactionlimit", 1, int.MaxValue, (c, n) => c with { TransactionLimit = n }),
        Number("disconnecttransactionlimit", 1, int.MaxValue, (c, n) => c with { DisconnectTransactionLimit = n }),
        Number("disconnectrecipientlimit", 1, int.MaxValue, (c, n) => c with { DisconnectRecipientLimit = n }),
        Number("disconnectrejectlimit", 1, int.MaxValue, (c, n) => c with { DisconnectRejectLimit = n }),
        Number("disconnectbadcommandlimit", 1, int.MaxValue, (c, n) => c with { DisconnectBadCommandLimit = n }),
        LaterNumber("deferralrejectlimit"),
        Flag("rejectsmtplonglines", c => c with { LongLines = LongLines.Reject }),
        Flag("truncatesmtplonglines", c => c with { LongLines = LongLines.Truncate }),
        Flag("wrapsmtplonglines", c => c with { LongLines = LongLines.Wrap }),
        Number("holdlimit", 0, int.MaxValue, (c, n) => c with { HoldLimit = n }),
        new("alternatechannel", "channel", NotYet, (c, a) => Skip(c, () => a.TakeChannel())),
        LaterNumber("alternateblocklimit"),
        LaterNumber("alternatelinelimit"),
        LaterNumber("alternaterecipientlimit"),

        // Delivery and retry
        Flag("single", c => c with { Split = CopySplit.Recipient }),
        Flag("single_sys", c => c with { Split = CopySplit.NextHop }),
        Flag("multiple", c => c with { Split = CopySplit.None }),
        Number("addrsperfile", 1, int.MaxValue, (c, n) => c with { AddressesPerFile = n }),
        new("pool", "name", Supported, (c, a) => a.TakePool() is { } pool ? c with { Pool = pool } : c),
        Number("maxjobs", 1, int.MaxValue, (c, n) => c with { MaxJobs = n }),
        Number("threaddepth", 1, int.MaxValue, (c, n) => c with { ThreadDepth = n }),
        Backoff("backoff", (c, times) => c with { Backoff = times }),
        Backoff("urgentbackoff", (c, times) => c with { UrgentBackoff = times }),
        Backoff("normalbackoff", (c, times) => c with { NormalBackoff = times }),
        Backoff("nonurgentbackoff", (c, times) => c with { NonurgentBackoff = times }),
        Notices("notices", (c, ages) => c with { Notices = ages, UrgentNotices = [], NormalNotices = [], NonurgentNotices = [] }),
        Notices("urgentnotices", (c, ages) => c with { UrgentNotices = ages }),
        Notices("normalnotices", (c, ages) => c with { NormalNotices = ages }),
        Notices("nonurgentnotices", (c, ages) => c with { NonurgentNotices = ages }),
        Later("defragment"),
        Flag("nodefragment", c => c),
        Later("deferred"),
        Flag("nodeferred", c => c),
        LaterText("after", "duration"),
        LaterText("fileinto", "location"),
        LaterText("filter", "location"),
        LaterText("sourcefilter", "location"),
        LaterText("destinationfilter", "location"),

        // Notification
        Flag("sendpost", c => c with { SendPost = PostmasterCopy.Always }),
        Flag("nosendpost", c => c with { SendPost = PostmasterCopy.Never }),
        Flag("copysendpost", c => c with { SendPost = PostmasterCopy.UnlessNullSender }),
        Flag("errsendpost", c => c with { SendPost = PostmasterCopy.WhenNotReturnable }),
        Flag("warnpost", c => c with { WarnPost = PostmasterCopy.Always }),
        Flag("nowarnpost", c => c with { WarnPost = PostmasterCopy.Never }),
        Flag("copywarnpost", c => c with { WarnPost = PostmasterCopy.UnlessNullSender }),
        Flag("errwarnpost", c => c with { WarnPost = PostmasterCopy.WhenNotReturnable }),
        Flag("postheadonly", c => c with { PostHeadOnly = true }),
        Flag("postheadbody", c => c with { PostHeadOnly = false }),
        new("returnaddress", "address", Supported, (c, a) => a.TakeMailbox() is { } text ? c with { ReturnAddress = text } : c),
        Text("returnpersonal", "name", (c, text) => c with { ReturnPersonal = text }),
        Later("aliaspostmaster"),
        Flag("suppressfinal", c => c with { SuppressFinal = true }),
        Later("useintermediate"),

        // Logging and debugging
        Flag("logging", c => c with { Logging = true }),
        Flag("nologging", c => c with { Logging = false }),
        Flag("master_debug", c => c with { MasterDebug = true }),
        Flag("nomaster_debug", c => c with { MasterDebug = false }),
        Flag("slave_debug", c => c with { SlaveDebug = true }),
        Flag("noslave_debug", c => c with { SlaveDebug = false }),

        // Accepted and ignored
        Unused("subdirs", "n"),
        Unused("charset7", "name"),
        Unused("charset8", "name"),
        Unused("sourcetransitplugin", "name"),
        Unused("datefour"),
        Unused("dayofweek"),
        Unused("headerread"),
        Unused("maxheaderaddrs", "n"),
        Unused("maxheaderchars", "n"),
        Unused("sensitivitynormal"),
        Unused("sensitivitypersonal"),
        Unused("sensitivityprivate"),
        Unused("sensitivitycompanyconfidential"),
        Unused("streaming", "n"),
        Unused("network"),
        Unused("maxprocchars", "n"),
    ];

    private static readonly FrozenDictionary<string, ChannelOption> ByName = All.ToFrozenDictionary(o => o.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Case-blind; of a longer word the first 32 characters count (Administration Reference, "Channel configuration keywords"). Null when no option is spelled so.</summary>
    public static ChannelOption? Find(string name) => ByName.GetValueOrDefault(name.Length > LongestName ? name[..LongestName] : name);

    private static ChannelOption Flag(string name, Func<ChannelDefinition, ChannelDefinition> set) => new(name, "", Supported, (c, _) => set(c));

    private static ChannelOption Number(string name, int least, int most, Func<ChannelDefinition, int, ChannelDefinition> set) =>
        new(name, "n", Supported, (c, a) => a.TakeNumber(least, most) is { } n ? set(c, n) : c);

    private static ChannelOption Text(string name, string what, Func<ChannelDefinition, string, ChannelDefinition> set) =>
        new(name, what, Supported, (c, a) => a.TakeText($"a value ({what})") is { } text ? set(c, text) : c);

    private static ChannelOption Channel(string name, Func<ChannelDefinition, ChannelName, ChannelDefinition> set) =>
        new(name, "channel", Supported, (c, a) => a.TakeChannel() is { } channel ? set(c, channel) : c);

    private static ChannelOption Backoff(string name, Func<ChannelDefinition, ImmutableArray<TimeSpan>, ChannelDefinition> set) =>
        new(name, "duration...", Supported, (c, a) => a.TakeDurations(MostBackoffs) is { IsEmpty: false } times ? set(c, times) : c);

    private static ChannelOption Notices(string name, Func<ChannelDefinition, ImmutableArray<TimeSpan>, ChannelDefinition> set) =>
        new(name, "age...", Supported, (c, a) => a.TakeAges(MostNotices) is { IsEmpty: false } ages ? set(c, ages) : c);

    private static ChannelOption Ident(string name, bool hostNameSwitch, ClientDisplay display) =>
        Flag(name, c => c with { HostNameSwitch = hostNameSwitch, ClientDisplay = display });

    /// <summary>Manuals disagree on what bare CR and LF mean here; taking them as line ends is SMTP smuggling.</summary>
    private static ChannelOption LooseLineEnds(string name) => new(name, "", Supported, (c, a) =>
    {
        a.Warn($"\"{name}\": lines end with CRLF only; a bare CR or LF is refused");
        return c with { Smtp = true };
    });

    private static ChannelOption Later(string name) => new(name, "", NotYet, (c, _) => c);

    private static ChannelOption LaterNumber(string name) => new(name, "n", NotYet, (c, a) => Skip(c, () => a.TakeNumber(0, int.MaxValue)));

    private static ChannelOption LaterText(string name, string what) => new(name, what, NotYet, (c, a) => Skip(c, () => a.TakeText($"a value ({what})")));

    private static ChannelOption Unused(string name, string argument = "") =>
        new(name, argument, Ignored, (c, a) => argument.Length == 0 ? c : Skip(c, () => a.TakeText($"a value ({argument})")));

    private static ChannelDefinition Skip(ChannelDefinition channel, Action take)
    {
        take();
        return channel;
    }

    private static ImmutableArray<string> Mechanisms(string text) =>
        [.. text.ToUpperInvariant().Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)];
}
