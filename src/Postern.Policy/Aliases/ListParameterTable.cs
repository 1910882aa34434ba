using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Postern.Mapping.Patterns;
using Postern.Policy.Directories;
using Postern.Smtp.Addresses;
using Postern.Smtp.Headers;
using static Postern.Policy.Aliases.ListParameterSupport;

namespace Postern.Policy.Aliases;

// The one table of list parameters. A row is a name, what it takes and what it sets; the parser of definitions knows no
// parameter by name. Rows stand in the order of evaluation: who may post, moderation, holding, limits, envelope From,
// header, rest. A name that is not in the table is an error: it could be the one that closes a list.

/// <summary>All named list parameters (Technical Reference, "Alias file named parameters"), and Postern's own.</summary>
public static class ListParameterTable
{
    public static ImmutableArray<ListParameter> All { get; } =
    [
        // Who may post
        Row("AND", "NONE", (d, _) => Join(d, either: false)),
        Row("OR", "NONE", (d, _) => Join(d, either: true)),
        Access("AUTH_LIST", "file or LDAP URL", Listed(PosterIdentity.EnvelopeFrom)),
        Access("CANT_LIST", "file or LDAP URL", Listed(PosterIdentity.EnvelopeFrom), forbids: true),
        Access("AUTH_MAPPING", "table", Mapped(PosterIdentity.EnvelopeFrom)),
        Access("CANT_MAPPING", "table", Mapped(PosterIdentity.EnvelopeFrom), forbids: true),
        Access("AUTH_CHANNEL", "channel pattern", Channel),
        Access("CANT_CHANNEL", "channel pattern", Channel, forbids: true),
        Access("AUTH_USERNAME", "user pattern", User),
        Access("USERNAME_AUTH_LIST", "file", ListedUser),
        Access("USERNAME_CANT_LIST", "file", ListedUser, forbids: true),
        Access("SASL_AUTH_LIST", "file or LDAP URL", Listed(PosterIdentity.Authenticated)),
        Access("SASL_CANT_LIST", "file or LDAP URL", Listed(PosterIdentity.Authenticated), forbids: true),
        Access("SASL_AUTH_MAPPING", "table", Mapped(PosterIdentity.Authenticated)),
        Access("SASL_CANT_MAPPING", "table", Mapped(PosterIdentity.Authenticated), forbids: true),
        Row("PASSWORD", "word", (d, v) => v.Text.Length == 0 ? "is empty" : Set(d, p => p with { Passwords = p.Passwords.Add(v.Text) })),

        // Moderation
        Row("MODERATOR_ADDRESS", "address", (d, v) => ListDraft.FullAddress(v.Text, out Mailbox? moderator) ?? Set(d, p => p with { ModeratorAddresses = [moderator!] })),
        Moderators("MODERATOR_LIST", "file or LDAP URL", Listed(PosterIdentity.EnvelopeFrom)),
        Moderators("USERNAME_MODERATOR_LIST", "file", ListedUser),
        Moderators("SASL_MODERATOR_LIST", "file or LDAP URL", Listed(PosterIdentity.Authenticated)),
        Moderators("MODERATOR_MAPPING", "table", Mapped(PosterIdentity.EnvelopeFrom)),
        Moderators("SASL_MODERATOR_MAPPING", "table", Mapped(PosterIdentity.Authenticated)),

        // Holding
        Test("HOLD_LIST", "file or LDAP URL", Listed(PosterIdentity.EnvelopeFrom), (p, c) => p with { Holds = p.Holds.Add(c) }),
        Test("NOHOLD_LIST", "file or LDAP URL", Listed(PosterIdentity.EnvelopeFrom), (p, c) => p with { HoldsOthers = p.HoldsOthers.Add(c) }),
        Test("HOLD_MAPPING", "table", Mapped(PosterIdentity.EnvelopeFrom), (p, c) => p with { Holds = p.Holds.Add(c) }),
        Test("NOHOLD_MAPPING", "table", Mapped(PosterIdentity.EnvelopeFrom), (p, c) => p with { HoldsOthers = p.HoldsOthers.Add(c) }),

        // Limits
        Row("BLOCKLIMIT", "blocks of 1024 octets", (d, v) => Count(v, n => Set(d, p => p with { BlockLimit = n == 0 ? null : n }))),
        Row("LINELIMIT", "lines", (d, v) => Count(v, n => Set(d, p => p with { LineLimit = n == 0 ? null : n }))),

        // Envelope From
        Row("ENVELOPE_FROM", "address, owner+*@domain or /", (d, v) => SetSender(d, v.Text)),
        Row("RETURN_ADDRESS", "address, owner+*@domain or /", (d, v) => SetSender(d, v.Text)),

        // Header
        Row("HEADER_TRIM", "file", (d, v) => FromFile(d, v, text => HeaderFile.ReadTrim(text, d.Trim))),
        Row("STRIP_DKIM", "yes or no", (d, v) => v.Text.ToLowerInvariant() switch
        {
            "yes" => Do(() => d.Trim(new HeaderEdit.Remove("DKIM-Signature"))),
            "no" => null,
            _ => "is neither yes nor no",
        }),
        Row("HEADER_ADDITION", "file", (d, v) => FromFile(d, v, text => HeaderFile.ReadAdditions(text, d.Addition))),
        AddressField("ERRORS_TO", "Errors-To"),
        AddressField("REPLY_TO", "Reply-To"),
        AddressField("WARNINGS_TO", "Warnings-To"),
        Field("COMMENTS", "Comments"),
        Field("IMPORTANCE", "Importance"),
        Field("PRECEDENCE", "Precedence"),
        Field("PRIORITY", "Priority"),
        Field("SENSITIVITY", "Sensitivity"),
        Field("LIST_UNSUBSCRIBE", "List-Unsubscribe", HeaderAddition.Replace),
        Row("LIST_ID", "name with dots", (d, v) => IsListId(v.Text) ? Set(d, p => p with { ListId = v.Text }) : "is no name of the form list.example.com"),
        Row("TAG", "text", (d, v) => v.Text.Trim().Length == 0 || v.Text.Contains('|', StringComparison.Ordinal) ? "is empty or holds a bar" : Do(() => d.Tag(v.Text))),
        Switch("RECEIVEDFOR", p => p with { ReceivedFor = true }),
        Switch("NORECEIVEDFOR", p => p with { ReceivedFor = false }),
        Switch("RECEIVEDFROM", p => p with { ReceivedFrom = true }),
        Switch("NORECEIVEDFROM", p => p with { ReceivedFrom = false }),

        // Notifications and the queue
        Switch("DELAY_NOTIFICATIONS", p => p with { TellsDelays = true }),
        Switch("NODELAY_NOTIFICATIONS", p => p with { TellsDelays = false }),
        Switch("REPROCESS", p => p with { Reprocess = true }),
        Row("MAXRCPT_PER_COPY", "recipients", (d, v) => Count(v, n => n == 0 ? "is 0" : Set(d, p => p with { RecipientsPerCopy = (int)Math.Min(n, int.MaxValue) }))),

        // What says nothing here: mail that comes by SMTP has its header, EXPN is refused, dates are for people
        Other("HEADER_ALIAS", "NONE", NoEffect),
        Other("HEADER_EXPANSION", "NONE", NoEffect),
        Other("PUBLIC", "NONE", NoEffect),
        Other("PRIVATE", "text", NoEffect),
        Other("EXPANDABLE", "text", NoEffect),
        Other("NONEXPANDABLE", "text", NoEffect),
        Other("CREATION_DATE", "date", NoEffect),

        // Not yet
        Other("PREFIX_TEXT", "text", NotYet),
        Other("SUFFIX_TEXT", "text", NotYet),
        Other("SEQUENCE_PREFIX", "file", NotYet),
        Other("SEQUENCE_SUFFIX", "file", NotYet),
        Other("SEQUENCE_STRIP", "NONE", NotYet),
        Other("DEFERRED", "duration", NotYet),
        Other("DEFERRED_LIST", "file", NotYet),
        Other("DEFERRED_MAPPING", "table", NotYet),
        Other("KEEP_DELIVERY", "NONE", NotYet),
        Other("KEEP_READ", "NONE", NotYet),
        Other("ORIGINATOR_REPLY", "NONE", NotYet),
        Other("CONVERSION_TAG", "text", NotYet),
        Other("CAPTURE", "address", NotYet),
        Other("JOURNAL", "address", NotYet),
        Other("USERNAME", "name", NotYet),
        Row("FROM_REWRITE", "never", (_, v) => v.Text.Equals("never", StringComparison.OrdinalIgnoreCase) ? null : "is not supported yet; only never is"),

        // Refused: each of these keeps something out or in
        Other("FILTER", "location", Refused),
        Other("OPTIN", "text", Refused),
        Other("EXPIRY", "date", Refused),
        Other("NOSOLICIT", "text", Refused),
    ];

    private static readonly FrozenDictionary<string, ListParameter> ByName = All.ToFrozenDictionary(p => p.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Case-blind; null when no parameter has that name.</summary>
    public static ListParameter? Find(string name) => ByName.GetValueOrDefault(name);

    internal static IEnumerable<string> Names => ByName.Keys;

    private static ListParameter Row(string name, string value, Func<ListDraft, ListValue, string?> apply) => new(name, value, Supported, apply);

    private static ListParameter Other(string name, string value, ListParameterSupport support) => new(name, value, support, (_, _) => null);

    private static ListParameter Switch(string name, Func<ListParameters, ListParameters> set) => Row(name, "NONE", (d, _) => Set(d, set));

    private static ListParameter Access(string name, string value, Func<ListDraft, ListValue, TestOrFault> test, bool forbids = false) => new(
        name, value, Supported, (d, v) => Add(d, v, test, forbids, letsIn: true, (p, c) => p with { Access = p.Access.Add(c) }));

    private static ListParameter Moderators(string name, string value, Func<ListDraft, ListValue, TestOrFault> test) =>
        new(name, value, Supported, (d, v) => Add(d, v, test, forbids: false, letsIn: true, (p, c) => p with { Moderators = p.Moderators.Add(c) }));

    private static ListParameter Test(
        string name, string value, Func<ListDraft, ListValue, TestOrFault> test, Func<ListParameters, PostingClause, ListParameters> set) =>
        new(name, value, Supported, (d, v) => Add(d, v, test, forbids: false, letsIn: false, set));

    private static string? Add(
        ListDraft draft, ListValue value, Func<ListDraft, ListValue, TestOrFault> test, bool forbids, bool letsIn, Func<ListParameters, PostingClause, ListParameters> set)
    {
        (PosterTest? asked, string? fault) = test(draft, value);
        if (asked is null) return fault;
        PostingClause clause = draft.Clause(value, asked, forbids);
        bool byEnvelope = asked.About == PosterIdentity.EnvelopeFrom;
        if (byEnvelope && !forbids && letsIn) draft.Trusting.Add(clause);
        return Set(draft, p => set(p, clause));
    }

    private static Func<ListDraft, ListValue, TestOrFault> Listed(PosterIdentity identity) => (draft, value) =>
    {
        if (IsDirectoryUrl(value.Text)) return NamedBy(value.Text, identity);
        if (PathOf(value.Text, out string? path) is { } fault) return new TestOrFault(null, fault);
        draft.Files.NeedAddresses(path!, value.Position);
        return new TestOrFault(new PosterTest.Listed(path!, identity), null);
    };

    private static TestOrFault NamedBy(string url, PosterIdentity identity) => DirectorySearch.Parse(url, out string? fault) is null
        ? new TestOrFault(null, $"cannot be used: {fault}")
        : new TestOrFault(new PosterTest.Named([url], identity), null);

    private static TestOrFault ListedUser(ListDraft draft, ListValue value)
    {
        if (PathOf(value.Text, out string? path) is { } fault) return new TestOrFault(null, fault);
        draft.Files.NeedUsers(path!, value.Position);
        return new TestOrFault(new PosterTest.ListedUser(path!), null);
    }

    private static Func<ListDraft, ListValue, TestOrFault> Mapped(PosterIdentity identity) => (_, value) =>
        value.Text.Length == 0 ? new TestOrFault(null, "is no table") : new TestOrFault(new PosterTest.Mapped(value.Text, identity), null);

    private static TestOrFault Channel(ListDraft draft, ListValue value) => value.Text.Length > 0 && Pattern.TryParse(value.Text, value.Position, [], out Pattern? pattern)
        ? new TestOrFault(new PosterTest.SourceChannel(pattern), null)
        : new TestOrFault(null, "is no channel name or pattern");

    private static TestOrFault User(ListDraft draft, ListValue value) => value.Text.Length > 0 && UserPattern.TryParse(value.Text, value.Position, out UserPattern? pattern)
        ? new TestOrFault(new PosterTest.User(pattern), null)
        : new TestOrFault(null, "is no user name or pattern");

    /// <returns>null, or what is wrong with the file name.</returns>
    internal static string? PathOf(string text, out string? path)
    {
        path = text.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? text[5..] : text;
        if (path.StartsWith('<')) path = path[1..].Trim();
        if (IsDirectoryUrl(path)) return "is a directory URL; those are not supported";
        return path.Length == 0 || path.Any(char.IsControl) ? "is no file name" : null;
    }

    private static bool IsDirectoryUrl(string text) =>
        text.StartsWith("ldap:", StringComparison.OrdinalIgnoreCase) || text.StartsWith("ldaps:", StringComparison.OrdinalIgnoreCase);

    private static string? FromFile(ListDraft draft, ListValue value, Func<string, string?> read)
    {
        if (PathOf(value.Text, out string? path) is { } fault) return fault;
        return draft.Files.Text(path!, out string? missing) is { } text ? read(text) : $"cannot be read: {missing}";
    }

    /// <summary>The new envelope From; of the positional form too.</summary>
    internal static string? SetSender(ListDraft draft, string text) =>
        ListSender.Parse(text, out ListSender? sender) ?? Set(draft, p => p with { Sender = sender });

    private static ListParameter AddressField(string name, string field) => Row(name, "address and modifier", (d, v) =>
    {
        (string text, char modifier) = v.Split();
        return modifier == '\\' ? Add(d, field, "", modifier) : ListDraft.FullAddress(text, out Mailbox? address) ?? Add(d, field, address!.ToString(), modifier);
    });

    private static ListParameter Field(string name, string field, HeaderAddition unless = HeaderAddition.Resent) => Row(name, "text and modifier", (d, v) =>
    {
        (string text, char modifier) = v.Split();
        return modifier != '\\' && text.Length == 0 ? "is empty" : Add(d, field, EncodedWord.Of(text), modifier, unless);
    });

    /// <summary>An added field with the modifier behind its value.</summary>
    internal static string? Add(ListDraft draft, string field, string value, char modifier, HeaderAddition unless = HeaderAddition.Resent) => Do(() => draft.Addition(modifier switch
    {
        '*' => new HeaderEdit.Add(field, value, HeaderAddition.IfAbsent),
        '&' => new HeaderEdit.Add(field, value, HeaderAddition.Append),
        '^' => new HeaderEdit.Add(field, value, HeaderAddition.Replace),
        '\\' => new HeaderEdit.Remove(field),
        _ => new HeaderEdit.Add(field, value, unless),
    }));

    private static string? Join(ListDraft draft, bool either)
    {
        draft.Either = either;
        return null;
    }

    private static string? Count(ListValue value, Func<long, string?> use) =>
        long.TryParse(value.Text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= long.MaxValue / 1024 ? use(number) : "is no number";

    private static bool IsListId(string text) =>
        text.Contains('.', StringComparison.Ordinal) && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_') && text[0] != '.' && text[^1] != '.';

    private static string? Set(ListDraft draft, Func<ListParameters, ListParameters> set) => Do(() => draft.Parameters = set(draft.Parameters));

    private static string? Do(Action action)
    {
        action();
        return null;
    }

    /// <summary>A test, or what is wrong with the value.</summary>
    private readonly record struct TestOrFault(PosterTest? Test, string? Fault);
}
