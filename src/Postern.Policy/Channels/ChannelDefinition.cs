using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Text;
using Postern.Smtp.Framing;

namespace Postern.Policy.Channels;

/// <summary>One channel block: who it is, and its options with the built-in defaults (Administration Guide 6.3, ch. 12).</summary>
public sealed record ChannelDefinition
{
    private const int BlockSize = 1024;

    private readonly CopySplit? _split;
    private readonly int? _port;

    /// <summary>The first line of the block.</summary>
    public required SourcePosition Position { get; init; }

    public required ChannelName Name { get; init; }

    /// <summary>The name that rewrite rules route to; on <c>l</c> the name of this MTA.</summary>
    public required string OfficialHost { get; init; }

    /// <summary>The name this MTA gives itself here; null for the official host of <c>l</c>.</summary>
    public string? LocalHostAlias { get; init; }

    public ImmutableArray<HostLine> Hosts { get; init; } = [];

    // Addresses

    public bool RouteLocal { get; init; }

    public bool BangOverPercent { get; init; }

    public bool DequeueRemoveRoute { get; init; }

    public bool EnqueueRemoveRoute { get; init; }

    /// <summary>Completes bare senders and header addresses; null leaves them to <see cref="RemoteHost"/> or this MTA's own name.</summary>
    public string? DefaultHost { get; init; }

    /// <summary>Completes bare recipients; null leaves them to this MTA's own name.</summary>
    public string? DefaultHostRecipients { get; init; }

    /// <summary>Bare sender addresses are completed with the client's name instead of ours.</summary>
    public bool RemoteHost { get; init; }

    /// <summary>A recipient of this channel must have come out of an alias; the default on <c>l</c>.</summary>
    public bool ViaAliasRequired { get; init; }

    /// <summary>Addresses of this channel are looked up as aliases, as those of <c>l</c> always are.</summary>
    public bool AliasLocal { get; init; }

    public SubaddressUse Subaddress { get; init; }

    /// <summary>Addresses that leave here are reversed (<c>reverse</c>).</summary>
    public bool Reverse { get; init; } = true;

    /// <summary>Channel-specific rewriting (<c>$M $N $C $Q</c>) is honoured.</summary>
    public bool Rules { get; init; } = true;

    /// <summary>0: none, 1: Sender field, 2: From field is set to the authenticated sender.</summary>
    public int AuthRewrite { get; init; }

    // Type and switching

    public bool Smtp { get; init; }

    /// <summary>Mail leaves by LMTP (RFC 2033), whatever <see cref="Smtp"/> says.</summary>
    public bool Lmtp { get; init; }

    /// <summary>Mail leaves for another host, which may be away.</summary>
    public bool IsRemote => Smtp || Lmtp;

    /// <summary>Clients have to keep silent so long before the greeting, or are turned away (BANNER_PURGE_DELAY); zero greets at once.</summary>
    public TimeSpan BannerDelay { get; init; }

    /// <summary>Mail that comes in here is a submission (RFC 6409).</summary>
    public bool Submit { get; init; }

    public SwitchUse Switch { get; init; } = SwitchUse.Allow;

    public ChannelName? SaslSwitchChannel { get; init; }

    public ChannelName? TlsSwitchChannel { get; init; }

    public bool UserSwitchChannel { get; init; }

    /// <summary>The client's confirmed host name may choose the channel when its address did not.</summary>
    public bool HostNameSwitch { get; init; } = true;

    public ClientDisplay ClientDisplay { get; init; }

    public ForwardCheck ForwardCheck { get; init; }

    // SASL and TLS

    public SaslUse SaslServer { get; init; }

    public SaslUse SaslClient { get; init; }

    /// <summary>Mechanism names in upper case; empty allows all that the site has.</summary>
    public ImmutableArray<string> SaslMechanisms { get; init; } = [];

    public string? AuthUserName { get; init; }

    public string? AuthPassword { get; init; }

    /// <summary>The authorisation identity for SASL EXTERNAL as a client.</summary>
    public string? ExternalIdentity { get; init; }

    public TlsUse TlsServer { get; init; }

    public TlsUse TlsClient { get; init; }

    /// <summary>Failed AUTH exchanges before the session ends.</summary>
    public int DisconnectBadAuthLimit { get; init; } = 3;

    // Connections

    /// <summary>
    /// Connects there instead of to the address's domain; an address literal stands without its brackets. What begins with
    /// <c>/</c> is a socket file.
    /// </summary>
    public string? Daemon { get; init; }

    /// <summary>By default 24 with <c>lmtp</c>, else 25.</summary>
    public int Port
    {
        get => _port ?? (Lmtp ? 24 : 25);
        init => _port = value;
    }

    public bool UsesMx { get; init; } = true;

    /// <summary>Source address of outgoing connections; null for any.</summary>
    public IPAddress? InterfaceAddress { get; init; }

    /// <summary>Tried when no host of the domain could be connected to.</summary>
    public string? LastResort { get; init; }

    public bool MailFromDnsVerify { get; init; }

    public bool LoopCheck { get; init; }

    public VerifyUse Verify { get; init; }

    // Limits; null is no limit

    /// <summary>Blocks of 1024 octets that may go out here.</summary>
    public long? BlockLimit { get; init; }

    /// <summary>Blocks of 1024 octets that may come in here.</summary>
    public long? SourceBlockLimit { get; init; }

    /// <summary>Accepted recipients of a transaction.</summary>
    public int? RecipientLimit { get; init; }

    /// <summary>More presented recipients refuse the message.</summary>
    public int? RecipientCutoff { get; init; }

    public int? TransactionLimit { get; init; }

    public int? DisconnectTransactionLimit { get; init; }

    public int? DisconnectRecipientLimit { get; init; }

    public int? DisconnectRejectLimit { get; init; }

    /// <summary>Bad commands before the session ends.</summary>
    public int DisconnectBadCommandLimit { get; init; } = 10;

    /// <summary>Recipients of a message that are queued for their own channels; those beyond go to reprocess. Null is no limit.</summary>
    public int? ExpandLimit { get; init; }

    /// <summary>A message with more recipients is held; null is no limit.</summary>
    public int? HoldLimit { get; init; }

    /// <summary>Only the initial channel's counts (Administration Guide 6.3, 12.9.5).</summary>
    public LongLines LongLines { get; init; } = LongLines.Reject;

    /// <summary>Whether a message of so many octets may leave by this channel (<c>blocklimit</c>).</summary>
    public bool Takes(long octets) => octets <= (BlockLimit ?? long.MaxValue / BlockSize) * BlockSize;

    // Delivery and retry

    /// <summary>By default <c>single_sys</c> on SMTP and LMTP channels without <c>daemon</c>, else <c>multiple</c>.</summary>
    public CopySplit Split
    {
        get => _split ?? (IsRemote && Daemon is null ? CopySplit.NextHop : CopySplit.None);
        init => _split = value;
    }

    /// <summary>Recipients of one copy; null is no limit.</summary>
    public int? AddressesPerFile { get; init; }

    public string Pool { get; init; } = "DEFAULT";

    /// <summary>Parallel workers; null is the pool's limit.</summary>
    public int? MaxJobs { get; init; }

    /// <summary>Messages waiting per worker before another one starts.</summary>
    public int ThreadDepth { get; init; } = 10;

    /// <summary>First wait for a next hop that cannot be reached; doubles with each further failure. HOST_BACKOFF of the option file.</summary>
    public TimeSpan HostBackoff { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>Connections to one next hop at a time. MAX_CONNS_PER_HOST of the option file.</summary>
    public int ConnectionsPerHost { get; init; } = 5;

    /// <summary>Messages that go out on one connection. ATTEMPT_TRANSACTIONS_PER_SESSION of the option file.</summary>
    public int TransactionsPerConnection { get; init; } = 100;

    /// <summary>Recipients of one mail transaction. MAX_RCPT_PER_TRANSACTION of the option file; every server takes 100 (RFC 5321 §4.5.3.1.8).</summary>
    public int RecipientsPerTransaction { get; init; } = 100;

    /// <summary>Transactions a minute for one next hop; null is no limit. MAX_RATE_PER_HOST of the option file.</summary>
    public int? MessagesPerMinutePerHost { get; init; }

    /// <summary>Next hops that get mail inside verified TLS only, lower case; one that begins with a dot stands for what is below it. MUST_TLS_HOSTS of the option file.</summary>
    public ImmutableArray<string> MustTlsHosts { get; init; } = [];

    /// <summary>Words of a 552 to RCPT that make it permanent though it speaks of recipients. 522_PERMANENT_ERROR_STRING of the option file.</summary>
    public ImmutableArray<string> PermanentErrorTexts { get; init; } = [];

    /// <summary>What TLS means for mail to a next hop: <see cref="TlsClient"/>, unless the host is one of <see cref="MustTlsHosts"/>.</summary>
    public TlsUse TlsTo(string host) =>
        MustTlsHosts.Any(h => h[0] == '.' ? host.EndsWith(h, StringComparison.OrdinalIgnoreCase) : host.Equals(h, StringComparison.OrdinalIgnoreCase)) ? TlsUse.Must : TlsClient;

    /// <summary>Waits between attempts, the last one repeats; empty is the built-in list. The forms by priority override it.</summary>
    public ImmutableArray<TimeSpan> Backoff { get; init; } = [];

    public ImmutableArray<TimeSpan> UrgentBackoff { get; init; } = [];

    public ImmutableArray<TimeSpan> NormalBackoff { get; init; } = [];

    public ImmutableArray<TimeSpan> NonurgentBackoff { get; init; } = [];

    /// <summary>Ages at which the sender is told, the last one returns the message; empty is the built-in list.</summary>
    public ImmutableArray<TimeSpan> Notices { get; init; } = [];

    /// <summary>Empty follows <see cref="Notices"/>, as do the two below.</summary>
    public ImmutableArray<TimeSpan> UrgentNotices { get; init; } = [];

    public ImmutableArray<TimeSpan> NormalNotices { get; init; } = [];

    public ImmutableArray<TimeSpan> NonurgentNotices { get; init; } = [];

    // Notification and logging

    public PostmasterCopy SendPost { get; init; }

    /// <summary>Null follows <see cref="SendPost"/>.</summary>
    public PostmasterCopy? WarnPost { get; init; }

    /// <summary>Copies for the postmaster hold the header only.</summary>
    public bool PostHeadOnly { get; init; }

    /// <summary>From address of notifications; null is postmaster at the official host of <c>l</c>.</summary>
    public string? ReturnAddress { get; init; }

    public string? ReturnPersonal { get; init; }

    /// <summary>Notifications name a recipient as the sender did, where that is known, and not what the address became.</summary>
    public bool SuppressFinal { get; init; }

    public bool Logging { get; init; } = true;

    public bool MasterDebug { get; init; }

    public bool SlaveDebug { get; init; }
}
