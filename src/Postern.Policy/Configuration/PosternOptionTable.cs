using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Net;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Policy.Rewriting;

namespace Postern.Policy.Configuration;

// The one table of option.dat. A row is a name, what it takes and what it sets. The environment is looked up by the
// names of the table only, so variables of other programs that begin with POSTERN_ do not matter.

/// <summary>All options of option.dat, and how they are read.</summary>
public static class PosternOptionTable
{
    public const string FileName = "option.dat";

    private const string EnvironmentPrefix = "POSTERN_";
    private const int BlockSize = 1024;
    private const int AccessBits = 31;
    private const int TagBits = 8191;
    private const int LongestGreylist = 366 * 24 * 3600;
    private const int MostHelloNames = 1000;
    private const int LongestErrorDelay = 60;
    private const int MostFailures = 1_000_000;
    private const int LongestFailurePeriod = 31 * 24 * 3600;
    private const int MostThrottled = 10_000_000;

    public static ImmutableArray<PosternOption> All { get; } =
    [
        Option("DEFAULT_DOMAIN", "domain", (o, s) => ChannelTable.KeyOf(s.Value) is { } key && key[0] != '[' ? o with { DefaultDomain = key } : null),
        Path("DATA_DIRECTORY", (o, path) => o with { DataDirectory = path }),
        Path("STORE_DIRECTORY", (o, path) => o with { StoreDirectory = path }),
        Number("DEFAULT_MAILBOX_QUOTA", 0, long.MaxValue, (o, n) => o with { MailboxQuota = n > 0 ? n : null }),
        Number("DEFAULT_MESSAGE_QUOTA", 0, long.MaxValue, (o, n) => o with { MessageQuota = n > 0 ? n : null }),
        Path("NATIVE_DIRECTORY", (o, path) => o with { NativeDirectory = path }),
        Path("TLS_CERTIFICATE", (o, path) => o with { TlsCertificate = path }),
        Path("TLS_KEY", (o, path) => o with { TlsKey = path }),
        Path("GENERAL_TEXT", (o, path) => o with { GeneralText = path }),
        Path("FORWARD_TEXT", (o, path) => o with { ForwardText = path }),
        Path("REVERSE_TEXT", (o, path) => o with { ReverseText = path }),
        Number("USE_FORWARD_DATABASE", 0, 31, (o, n) => o with { UseForwardDatabase = (int)n }),
        Number("USE_REVERSE_DATABASE", 0, 255, (o, n) => o with { UseReverseDatabase = (int)n }),
        Switch("REVERSE_ENVELOPE", (o, on) => o with { ReverseEnvelope = on }),
        Switch("REPLY_ID", (o, on) => o with { ReplyId = on }),
        Switch("ALLOW_OPEN_RELAY", (o, on) => o with { AllowOpenRelay = on }),
        Switch("ACCESS_ERRORS", (o, on) => o with { AccessErrors = on }),
        Number("ACCESS_ORCPT", 0, AccessBits, (o, n) => o with { AccessOrcpt = (int)n }),
        Number("ACCESS_COUNTS", 0, AccessBits, (o, n) => o with { AccessCounts = (int)n }),
        Number("ACCESS_AUTH", 0, AccessBits, (o, n) => o with { AccessAuth = (int)n }),
        Number("INCLUDE_CONVERSIONTAG", 0, TagBits, (o, n) => o with { IncludeConversionTag = (int)n }),
        Option("MAPPING_PARANOIA", "one character, or 0 to turn it off", Paranoia),
        Option("ACCESS_CALLOUT_FAILURE", "ignore or defer", (o, s) => s.Value.ToLowerInvariant() switch
        {
            "ignore" => o with { AccessCalloutFailureIgnore = true },
            "defer" => o with { AccessCalloutFailureIgnore = false },
            _ => null,
        }),
        Switch("STRICT_LIMITS", (o, on) => o with { StrictLimits = on }),
        Option("DOMAIN_FAILURE", "a rewrite template", (o, s) =>
            RewriteTemplateParser.ParseAnswer(s.Value, MappingOptions.Default) is { IsEmpty: false } ? o with { DomainFailure = s.Value } : null),
        Number("ALIAS_DOMAINS", 0, 7, (o, n) => o with { AliasDomains = (int)n }),
        Number("MAX_ALIAS_LEVELS", 1, 100, (o, n) => o with { MaximumAliasLevels = (int)n }),
        Number("MAX_EXPANDED_RECIPIENTS", 1, int.MaxValue, (o, n) => o with { MaximumExpandedRecipients = (int)n }),
        Option("EMPTYLIST", "reject or accept", (o, s) => s.Value.ToLowerInvariant() switch
        {
            "reject" => o with { EmptyListReject = true },
            "accept" => o with { EmptyListReject = false },
            _ => null,
        }),
        Switch("OR_CLAUSES", (o, on) => o with { OrClauses = on }),
        Number("MESSAGE_SIZE_LIMIT", 1, long.MaxValue, (o, n) => o with { MessageSizeLimit = n }),
        Number("BLOCK_LIMIT", 1, long.MaxValue / BlockSize, (o, n) => o with { MessageSizeLimit = n * BlockSize }),
        Number("URGENT_BLOCK_LIMIT", 1, long.MaxValue / BlockSize, (o, n) => o with { UrgentLimit = n * BlockSize }),
        Number("NORMAL_BLOCK_LIMIT", 1, long.MaxValue / BlockSize, (o, n) => o with { NormalLimit = n * BlockSize }),
        Number("NON_URGENT_BLOCK_LIMIT", 1, long.MaxValue / BlockSize, (o, n) => o with { NonurgentLimit = n * BlockSize }),
        Number("MIN_FREE", 0, long.MaxValue, (o, n) => o with { MinimumFree = n }),
        Number("RETURN_UNITS", 0, 1, (o, n) => o with { ReturnUnits = n == 0 ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1) }),
        Option("NOTIFICATION_LANGUAGES", "names of languages", (o, s) => Languages(s.Value) is { } names ? o with { NotificationLanguages = names } : null),
        Number("CONTENT_RETURN_BLOCK_LIMIT", 0, long.MaxValue / BlockSize, (o, n) => o with { ContentReturnLimit = n * BlockSize }),
        Number("HISTORY_TO_RETURN", 0, 100, (o, n) => o with { HistoryToReturn = (int)n }),
        Number("LINES_TO_RETURN", 0, 1000, (o, n) => o with { LinesToReturn = (int)n }),
        Number("DSN_RATE", 0, int.MaxValue, (o, n) => o with { NotificationRate = n == 0 ? null : (int)n }),
        Option("BLOCKED_MAIL_FROM_IPS", "IP addresses", (o, s) => Addresses(s.Value) is { } addresses ? o with { BlockedMailFromAddresses = addresses } : null),
        Number("MAX_RECEIVED_LINES", 1, int.MaxValue, (o, n) => o with { MaximumReceivedLines = (int)n }),
        Number("MAX_LOCAL_RECEIVED_LINES", 1, int.MaxValue, (o, n) => o with { MaximumLocalReceivedLines = (int)n }),
        Number("GREYLIST_DELAY", 0, LongestGreylist, (o, n) => o with { Greylist = o.Greylist with { Delay = TimeSpan.FromSeconds(n) } }),
        Number("GREYLIST_WINDOW", 1, LongestGreylist, (o, n) => o with { Greylist = o.Greylist with { Window = TimeSpan.FromSeconds(n) } }),
        Number("GREYLIST_LIFETIME", 1, LongestGreylist, (o, n) => o with { Greylist = o.Greylist with { Lifetime = TimeSpan.FromSeconds(n) } }),
        Number("GREYLIST_MAX_ENTRIES", 1, 100_000_000, (o, n) => o with { Greylist = o.Greylist with { MaximumEntries = (int)n } }),
        Switch("GREYLIST_NETWORK", (o, on) => o with { Greylist = o.Greylist with { ByNetwork = on } }),
        Number("ERROR_DELAY", 0, LongestErrorDelay, (o, n) => o with { ErrorDelay = TimeSpan.FromSeconds(n) }),
        Number("AUTH_FAILURES_PER_USER", 0, MostFailures, (o, n) => o with { AuthenticationThrottle = o.AuthenticationThrottle with { PerUser = (int)n } }),
        Number("AUTH_FAILURES_PER_ADDRESS", 0, MostFailures, (o, n) => o with { AuthenticationThrottle = o.AuthenticationThrottle with { PerAddress = (int)n } }),
        Number("AUTH_FAILURES_PER_NETWORK", 0, MostFailures, (o, n) => o with { AuthenticationThrottle = o.AuthenticationThrottle with { PerNetwork = (int)n } }),
        Number("AUTH_FAILURE_PERIOD", 1, LongestFailurePeriod, (o, n) => o with { AuthenticationThrottle = o.AuthenticationThrottle with { Period = TimeSpan.FromSeconds(n) } }),
        Number("AUTH_THROTTLE_MAX_ENTRIES", 1, MostThrottled, (o, n) => o with { AuthenticationThrottle = o.AuthenticationThrottle with { MaximumEntries = (int)n } }),
        Number("IDENTITY_LOSS_NAMES", 0, MostHelloNames, (o, n) => o with { IdentityLossNames = (int)n }),
        Option("IDENTITY_LOSS_ACTION", "warn or external", (o, s) => s.Value.ToLowerInvariant() switch
        {
            "warn" => o with { IdentityLossExternal = false },
            "external" => o with { IdentityLossExternal = true },
            _ => null,
        }),
        Number("CONSOLE_PORT", 0, 65535, (o, n) => o with { ConsolePort = (int)n }),
        .. LogOptionTable.All,
        .. DirectoryOptionTable.All,
    ];

    private static readonly FrozenDictionary<string, PosternOption> ByName = All.ToFrozenDictionary(o => o.Name, StringComparer.Ordinal);

    /// <summary>The options of the file, which may be missing, with those of the environment over them.</summary>
    internal static PosternOptions Read(ISourceFiles files, IReadOnlyDictionary<string, string> environment, ICollection<Diagnostic> diagnostics)
    {
        PosternOptions options = PosternOptions.Default;
        if (files.Exists(FileName))
        {
            foreach (SettingSection section in SettingSection.Read(files, FileName, diagnostics))
            {
                if (section.Kind.Length > 0) diagnostics.Add(Diagnostic.Error(section.Position, "an option file has no sections"));
                foreach (Setting setting in section.Settings) options = Apply(options, setting, diagnostics);
            }
        }

        foreach (PosternOption option in All)
        {
            string variable = EnvironmentPrefix + option.Name;
            if (!environment.TryGetValue(variable, out string? value)) continue;
            options = Apply(options, new Setting(new SourcePosition(variable, 0), option.Name, value.Trim()), diagnostics);
        }

        return options;
    }

    private static PosternOptions Apply(PosternOptions options, Setting setting, ICollection<Diagnostic> diagnostics)
    {
        if (!ByName.TryGetValue(setting.Name, out PosternOption? option))
        {
            string? nearest = Spelling.Nearest(setting.Name, ByName.Keys);
            diagnostics.Add(setting.Warning($"unknown option \"{Printable.Of(setting.Name)}\" is ignored{(nearest is null ? "" : $"; did you mean {nearest}?")}"));
            return options;
        }

        if (option.Set(options, setting) is { } changed) return changed;
        diagnostics.Add(setting.Needs(option.Value));
        return options;
    }

    private static PosternOption Option(string name, string value, Func<PosternOptions, Setting, PosternOptions?> set) => new(name, value, set);

    private static PosternOption Switch(string name, Func<PosternOptions, bool, PosternOptions> set) =>
        Option(name, "0 or 1", (o, s) => s.AsSwitch() is { } on ? set(o, on) : null);

    private static PosternOption Number(string name, long least, long most, Func<PosternOptions, long, PosternOptions> set) => Option(
        name,
        most >= int.MaxValue ? $"a number of at least {least}" : $"a number from {least} to {most}",
        (o, s) => s.AsNumber(least, most) is { } n ? set(o, n) : null);

    private static PosternOption Path(string name, Func<PosternOptions, string, PosternOptions> set) =>
        Option(name, "a path", (o, s) => s.Value.Length > 0 && !s.Value.Any(char.IsControl) ? set(o, s.Value) : null);

    /// <returns>null when a word could not be the name of a directory of its own.</returns>
    private static ImmutableArray<string>? Languages(string text)
    {
        string[] names = text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries);
        return Array.TrueForAll(names, n => n.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')) ? [.. names] : null;
    }

    /// <returns>null when a word is no address.</returns>
    private static ImmutableArray<IPAddress>? Addresses(string text)
    {
        ImmutableArray<IPAddress>.Builder addresses = ImmutableArray.CreateBuilder<IPAddress>();
        foreach (string word in text.Split([' ', ',', '\t'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (!IPAddress.TryParse(word, out IPAddress? address)) return null;
            addresses.Add(address);
        }

        return addresses.ToImmutable();
    }

    private static PosternOptions? Paranoia(PosternOptions options, Setting setting) => setting.Value switch
    {
        "" or "0" => options with { MappingParanoia = null },
        [var c] when c != '|' && !char.IsControl(c) => options with { MappingParanoia = c },
        _ => null,
    };
}
