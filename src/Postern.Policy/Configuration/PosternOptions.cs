using System.Collections.Immutable;
using System.Net;
using Postern.Policy.Directories;

namespace Postern.Policy.Configuration;

/// <summary>The options of option.dat with their defaults (Technical Reference, "MTA options", and Postern's own).</summary>
public sealed record PosternOptions
{
    public static PosternOptions Default { get; } = new();

    /// <summary>Domain of users whose address is written without one; null is the official host of <c>l</c>.</summary>
    public string? DefaultDomain { get; init; }

    public string? DataDirectory { get; init; }

    public string? StoreDirectory { get; init; }

    /// <summary>Octets that a mailbox of the store may hold; null is no limit.</summary>
    public long? MailboxQuota { get; init; }

    /// <summary>Messages that a mailbox of the store may hold; null is no limit.</summary>
    public long? MessageQuota { get; init; }

    /// <summary>Where the mailboxes of the channel <c>native</c> are.</summary>
    public string NativeDirectory { get; init; } = "/var/mail";

    public string? TlsCertificate { get; init; }

    public string? TlsKey { get; init; }

    /// <summary>A refusal ends with the id that <c>postern explain</c> knows it by.</summary>
    public bool ReplyId { get; init; } = true;

    /// <summary>Listeners may be started without an ORIG_SEND_ACCESS table.</summary>
    public bool AllowOpenRelay { get; init; }

    /// <summary>A rejection without text admits that access rules exist.</summary>
    public bool AccessErrors { get; init; }

    /// <summary>Bits for the tables whose probe ends with the original recipient: 1 all, 2 ORIG_SEND, 4 SEND, 8 ORIG_MAIL, 16 MAIL.</summary>
    public int AccessOrcpt { get; init; }

    /// <summary>The same bits for recipient counts.</summary>
    public int AccessCounts { get; init; }

    /// <summary>The same bits for the authenticated sender.</summary>
    public int AccessAuth { get; init; }

    /// <summary>Bits for the tables whose probe ends with conversion tags: 8 ORIG_SEND, 16 SEND, 32 ORIG_MAIL, 64 MAIL.</summary>
    public int IncludeConversionTag { get; init; }

    /// <summary>Stands for <c>|</c> in addresses of a probe; null leaves the bar, which lets a client imitate probe fields.</summary>
    public char? MappingParanoia { get; init; } = '?';

    /// <summary>A callout that cannot answer fails its entry instead of answering 451.</summary>
    public bool AccessCalloutFailureIgnore { get; init; }

    /// <summary>The mappings file keeps to the ancestor's limits.</summary>
    public bool StrictLimits { get; init; }

    /// <summary>Replaces the rest of a rewrite template when the directory cannot be asked.</summary>
    public string DomainFailure { get; init; } = "reprocess-daemon$Mtcp_local$1M$1~-error$4000000?Temporary lookup failure";

    /// <summary>Bits for the forms in which an address is looked up as an alias.</summary>
    public int AliasDomains { get; init; } = 6;

    public int MaximumAliasLevels { get; init; } = 10;

    public int MaximumExpandedRecipients { get; init; } = 50_000;

    /// <summary>A list without members refuses mail instead of losing it.</summary>
    public bool EmptyListReject { get; init; }

    /// <summary>Access clauses of a list combine with OR.</summary>
    public bool OrClauses { get; init; }

    /// <summary>Octets of a message.</summary>
    public long MessageSizeLimit { get; init; } = 50 * 1024 * 1024;

    /// <summary>Octets of an urgent message; a larger one counts as normal.</summary>
    public long UrgentLimit { get; init; } = long.MaxValue;

    /// <summary>Octets of a normal message; a larger one counts as nonurgent.</summary>
    public long NormalLimit { get; init; } = long.MaxValue;

    /// <summary>Octets of a nonurgent message; a larger one counts as second class.</summary>
    public long NonurgentLimit { get; init; } = long.MaxValue;

    /// <summary>Octets that must be free on the disk of the queue for new mail to be taken.</summary>
    public long MinimumFree { get; init; } = 1024 * 1024 * 1024;

    /// <summary>What a bare number of <c>notices</c> counts: a day, or an hour with RETURN_UNITS=1.</summary>
    public TimeSpan ReturnUnits { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Languages that notifications can be in beside the usual one; each has a directory of texts.</summary>
    public ImmutableArray<string> NotificationLanguages { get; init; } = [];

    /// <summary>Octets of a message that is returned whole when its sender did not say what he wants back (RET).</summary>
    public long ContentReturnLimit { get; init; } = 64 * 1024;

    /// <summary>Attempts, the last ones, that a notification tells of each recipient.</summary>
    public int HistoryToReturn { get; init; } = 20;

    /// <summary>Lines of the text, the first ones, that a warning brings back when the sender did not say what he wants back (RET).</summary>
    public int LinesToReturn { get; init; } = 20;

    /// <summary>Notifications a minute for one address about mail of strangers; null is no limit.</summary>
    public int? NotificationRate { get; init; } = 10;

    /// <summary>Addresses that a sender's domain may not have alone, where <c>mailfromdnsverify</c> asks.</summary>
    public ImmutableArray<IPAddress> BlockedMailFromAddresses { get; init; } = [];

    public int MaximumReceivedLines { get; init; } = 50;

    public int MaximumLocalReceivedLines { get; init; } = 10;

    /// <summary>Loopback port of the web console; 0 is no console.</summary>
    public int ConsolePort { get; init; } = 8025;

    public GreylistTerms Greylist { get; init; } = GreylistTerms.Default;

    /// <summary>Waited before the reply to the third bad command and later ones, and, times the number of failures, before that to a failed authentication.</summary>
    public TimeSpan ErrorDelay { get; init; } = TimeSpan.FromSeconds(5);

    public AuthenticationThrottleTerms AuthenticationThrottle { get; init; } = AuthenticationThrottleTerms.Default;

    /// <summary>Unrelated HELO names from one internal address that make it suspect; 0: nobody counts.</summary>
    public int IdentityLossNames { get; init; } = 20;

    /// <summary>A suspect address is no longer internal; false: there is only a warning.</summary>
    public bool IdentityLossExternal { get; init; }

    /// <summary>Decision log and transaction log.</summary>
    public LogOptions Logs { get; init; } = LogOptions.Default;

    /// <summary>The LDAP directory.</summary>
    public DirectoryOptions Directory { get; init; } = DirectoryOptions.Default;

    /// <summary>File of the general text table, the answers of <c>${key}</c> in mappings; null is none.</summary>
    public string? GeneralText { get; init; }

    /// <summary>File of the forward table; null is none.</summary>
    public string? ForwardText { get; init; }

    /// <summary>File of the reverse table; null is none.</summary>
    public string? ReverseText { get; init; }

    /// <summary>Bits: 1 the forward table is used, 8 its keys and 16 the probes of FORWARD name source channel and sender.</summary>
    public int UseForwardDatabase { get; init; }

    /// <summary>Bits: 1 or 2 addresses are reversed, 4 those of recipients too, 8 keys and probes name the channels, 128 message ids too.</summary>
    public int UseReverseDatabase { get; init; } = 5;

    /// <summary>The envelope From is reversed.</summary>
    public bool ReverseEnvelope { get; init; } = true;
}
