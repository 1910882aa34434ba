using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Callouts;
using Postern.Smtp.Addresses;
using Postern.Smtp.Headers;

namespace Postern.Policy.Directories;

// What a group says of postings, as the list parameters that say the same:
//
//   mgrpDisallowedBroadcaster, mgrpDisallowedDomain   vetoes; who is an allowed broadcaster or moderator is not asked for his domain
//   mgrpAllowedBroadcaster, mgrpAllowedDomain         clauses; the domain counts beside broadcasters only with OR
//   mgrpBroadcasterPolicy                             AND, OR; SMTP_AUTH_REQUIRED: identities are authenticated users; PASSWORD_REQUIRED
//   mgrpAuthPassword                                  PASSWORD
//   mgrpModerator                                     moderators; beside clauses they get only what those refuse, with TOMODERATOR
//   mgrpMsgMaxSize                                    BLOCKLIMIT, rounded up to a block
//   mgrpErrorsTo                                      ENVELOPE_FROM, which makes the group a list
//   mgrpAddHeader, mgrpRemoveHeader, LDAP_ADD_TAG     header edits
//
// INVARIANT: what is demanded and not understood closes the group.

/// <summary>A group of the directory as a list (Schema Reference, "inetMailGroup").</summary>
internal static class GroupDefinition
{
    public static ImmutableArray<string> Attributes { get; } =
    [
        "mgrpMsgRejectAction", "mgrpMsgRejectText", "mailRejectText", "mgrpBroadcasterPolicy", "mgrpAllowedDomain", "mgrpDisallowedDomain",
        "mgrpAllowedBroadcaster", "mgrpDisallowedBroadcaster", "mgrpAuthPassword", "mgrpModerator", "mgrpMsgMaxSize", "mgrpErrorsTo",
        "mgrpAddHeader", "mgrpRemoveHeader",
    ];

    /// <param name="address">by which the group is known when it has no <c>mail</c>.</param>
    /// <param name="orClauses">option <c>or_clauses</c>: how clauses combine where the group does not say.</param>
    /// <param name="note">hears of what the entry says and cannot be done.</param>
    /// <param name="trouble">not null when the moderators cannot be told now.</param>
    public static AliasDefinition Of(
        DirectoryEntry group, Mailbox address, DirectoryOptions options, bool orClauses, Inquiry inquiry, Action<string> note, out DirectoryTrouble? trouble)
    {
        trouble = null;
        SourcePosition at = new(group.Name, 0);
        Mailbox name = group.First("mail") is { } mail && AddressParser.Parse(mail, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Domain: not null } known } ? known : address;
        Policy policy = Policy.Of(group, orClauses);
        ImmutableArray<string> moderators = group.Values("mgrpModerator");
        ImmutableArray<PostingClause> access = Access(group, at, policy);
        bool isOpen = access.All(c => c.Forbids), redirects = group.Values("mgrpMsgRejectAction").Contains("TOMODERATOR", StringComparer.OrdinalIgnoreCase);
        ListParameters parameters = ListParameters.None with
        {
            Access = access,
            RejectText = RejectText(group),
            ModeratorAddresses = isOpen || redirects ? [.. NamedPosters.Of(moderators, inquiry, ref trouble).Select(m => m.Target)] : [],
            Moderators = isOpen && !moderators.IsEmpty ? [new(at, Written("mgrpModerator", moderators), new PosterTest.Named(moderators, policy.Identity))] : [],
            ModeratesRefused = redirects && !moderators.IsEmpty,
            Passwords = group.Values("mgrpAuthPassword"),
            BlockLimit = Limit(group, note),
            Sender = Sender(group, note),
            HeaderEdits = Edits(group, options, note),
        };
        return new AliasDefinition(at, name.ToString(), AliasKey.Of(name), [], null, parameters);
    }

    private static ImmutableArray<PostingClause> Access(DirectoryEntry group, SourcePosition at, Policy policy)
    {
        ImmutableArray<PostingClause>.Builder clauses = ImmutableArray.CreateBuilder<PostingClause>();
        ImmutableArray<string> broadcasters = group.Values("mgrpAllowedBroadcaster"), moderators = group.Values("mgrpModerator");
        ImmutableArray<string> free = [.. broadcasters, .. moderators], domains = group.Values("mgrpAllowedDomain");
        foreach (string unknown in policy.Unknown) Add($"mgrpBroadcasterPolicy {unknown}", new PosterTest.Anybody(), forbids: true);
        if (policy.NeedsPassword && group.First("mgrpAuthPassword") is null) Add("mgrpBroadcasterPolicy PASSWORD_REQUIRED", new PosterTest.Anybody(), forbids: true);
        if (policy.Identity == PosterIdentity.Authenticated) Add("mgrpBroadcasterPolicy SMTP_AUTH_REQUIRED", new PosterTest.Unauthenticated(), forbids: true);
        if (group.Values("mgrpDisallowedBroadcaster") is { IsEmpty: false } outcasts)
            Add(Written("mgrpDisallowedBroadcaster", outcasts), new PosterTest.Named(outcasts, policy.Identity), forbids: true);
        if (group.Values("mgrpDisallowedDomain") is { IsEmpty: false } closed)
            Add(Written("mgrpDisallowedDomain", closed), new PosterTest.FromDomain(closed, free, policy.Identity), forbids: true);
        if (!broadcasters.IsEmpty) Add(Written("mgrpAllowedBroadcaster", broadcasters), new PosterTest.Named(broadcasters, policy.Identity));
        if (!domains.IsEmpty && (broadcasters.IsEmpty || policy.AnyIsEnough))
            Add(Written("mgrpAllowedDomain", domains), new PosterTest.FromDomain(domains, [], policy.Identity));
        if (!moderators.IsEmpty && clauses.Any(c => !c.Forbids)) Add(Written("mgrpModerator", moderators), new PosterTest.Named(moderators, policy.Identity));
        return clauses.ToImmutable();

        void Add(string text, PosterTest test, bool forbids = false) => clauses.Add(new PostingClause(at, text, test, forbids, Either: true));
    }

    private static string Written(string attribute, ImmutableArray<string> values) => $"{attribute} {string.Join(", ", values)}";

    /// <summary>First line, ASCII.</summary>
    private static string? RejectText(DirectoryEntry group)
    {
        string text = (group.First("mgrpMsgRejectText") ?? group.First("mailRejectText") ?? "").Split('\r', '\n', '$')[0].Trim();
        return text.Length > 0 && Ascii.IsValid(text) ? text : null;
    }

    private static long? Limit(DirectoryEntry group, Action<string> note)
    {
        if (group.First("mgrpMsgMaxSize") is not { } text) return null;
        if (long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long octets) && octets > 0) return PostingCheck.Blocks(octets);
        note($"mgrpMsgMaxSize \"{text}\" is no number of octets");
        return null;
    }

    private static ListSender? Sender(DirectoryEntry group, Action<string> note)
    {
        if (group.First("mgrpErrorsTo") is not { } text) return null;
        if (ListSender.Parse(GroupMembers.WithoutScheme(text), out ListSender? sender) is { } fault) note($"mgrpErrorsTo \"{text}\" {fault}");
        return sender;
    }

    private static ImmutableArray<HeaderEdit> Edits(DirectoryEntry group, DirectoryOptions options, Action<string> note)
    {
        ImmutableArray<HeaderEdit>.Builder edits = ImmutableArray.CreateBuilder<HeaderEdit>();
        foreach (string name in group.Values("mgrpRemoveHeader").Select(n => n.Trim().TrimEnd(':')))
        {
            if (HeaderFile.IsFieldName(name)) edits.Add(new HeaderEdit.Remove(name));
            else note($"mgrpRemoveHeader \"{name}\" is no name of a header field");
        }

        foreach (string line in group.Values("mgrpAddHeader"))
        {
            if (HeaderFile.ReadAdditions(line, edits.Add) is not null) note($"mgrpAddHeader \"{line}\" is no header field");
        }

        if (options.TagAttribute is { } attribute && group.First(attribute) is { Length: > 0 } tag) edits.Add(new HeaderEdit.TagSubject(tag));
        return edits.ToImmutable();
    }

    /// <summary>The words of <c>mgrpBroadcasterPolicy</c>.</summary>
    private sealed record Policy(PosterIdentity Identity, bool NeedsPassword, bool AnyIsEnough, ImmutableArray<string> Unknown)
    {
        public static Policy Of(DirectoryEntry group, bool orClauses)
        {
            HashSet<string> words =
                [.. group.Values("mgrpBroadcasterPolicy").SelectMany(v => v.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).Select(t => t.ToUpperInvariant())];
            bool Take(params ReadOnlySpan<string> spellings)
            {
                bool found = false;
                foreach (string word in spellings) found |= words.Remove(word);
                return found;
            }

            bool needsUser = Take("SMTP_AUTH_REQUIRED", "AUTH_REQUIRED", "AUTH_REQ"), needsPassword = Take("PASSWORD_REQUIRED", "PASSWD_REQUIRED", "PASSWD_REQ");
            bool either = Take("OR"), both = Take("AND");
            Take("NO_REQUIREMENTS", "NO_REQ");
            return new Policy(needsUser ? PosterIdentity.Authenticated : PosterIdentity.EnvelopeFrom, needsPassword, either || (orClauses && !both), [.. words.Order(StringComparer.Ordinal)]);
        }
    }
}
