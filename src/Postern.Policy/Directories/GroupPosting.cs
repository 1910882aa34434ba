using System.Collections.Immutable;
using System.Text;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>
/// Who may write to a group (Schema Reference, "mgrpBroadcasterPolicy", "mgrpAllowedBroadcaster", "mgrpAllowedDomain", "mgrpModerator").
/// A disallowed sender is refused whatever else is said; an allowed broadcaster needs no allowed domain. The other clauses that
/// are there combine with AND, or with OR where the policy says so. A policy that demands what cannot be seen before the message
/// itself (a password), or that nobody knows, refuses.
/// </summary>
/// <param name="orClauses">option <c>or_clauses</c>: how clauses combine where the group does not say.</param>
/// <param name="find">the entry of an address, to let the members of an allowed group write.</param>
internal sealed class GroupPosting(bool orClauses, Func<Mailbox, Inquiry, RecipientFinding> find)
{
    private const string DefaultText = "you may not write to this list";
    private const int MaximumDepth = 3;

    public static ImmutableArray<string> Attributes { get; } =
    [
        "mgrpMsgRejectAction", "mgrpMsgRejectText", "mailRejectText", "mgrpBroadcasterPolicy", "mgrpAllowedDomain", "mgrpDisallowedDomain",
        "mgrpAllowedBroadcaster", "mgrpDisallowedBroadcaster", "mgrpAuthPassword", "mgrpModerator",
    ];

    /// <param name="from">envelope From; "" is the null reverse-path.</param>
    /// <param name="user">address of the authenticated user, or null.</param>
    public GroupPostingAnswer Decide(DirectoryEntry group, string from, string? user, Inquiry inquiry)
    {
        HashSet<string> policy = [.. group.Values("mgrpBroadcasterPolicy").SelectMany(v => v.Split([',', ' '], StringSplitOptions.RemoveEmptyEntries)).Select(t => t.ToUpperInvariant())];
        bool needsUser = policy.Contains("SMTP_AUTH_REQUIRED") || policy.Contains("AUTH_REQUIRED") || policy.Contains("AUTH_REQ");
        bool needsPassword = policy.Contains("PASSWORD_REQUIRED") || policy.Contains("PASSWD_REQUIRED") || policy.Contains("PASSWD_REQ") || group.First("mgrpAuthPassword") is not null;
        string? unknown = policy.FirstOrDefault(t => t is not ("SMTP_AUTH_REQUIRED" or "AUTH_REQUIRED" or "AUTH_REQ" or "PASSWORD_REQUIRED"
            or "PASSWD_REQUIRED" or "PASSWD_REQ" or "NO_REQUIREMENTS" or "NO_REQ" or "AND" or "OR"));
        string identity = UserDirectory.KeyOf(needsUser ? user ?? "" : from) ?? "";

        DirectoryTrouble? trouble = null;
        Question ask = new(this, identity, inquiry);
        ImmutableArray<GroupMember> moderators = ask.Of(group.Values("mgrpModerator"), ref trouble);
        bool isModerator = identity.Length > 0 && moderators.Any(m => m.Addresses.Contains(identity, StringComparer.Ordinal));
        string? refusal =
            unknown is not null ? $"mgrpBroadcasterPolicy \"{unknown}\" is not known"
            : needsUser && user is null ? "only authenticated users may write"
            : isModerator ? null
            : needsPassword ? "a password is demanded, which this release does not look for"
            : Clauses(group, identity, policy.Contains("OR") || (orClauses && !policy.Contains("AND")), ask, ref trouble);
        if (trouble is not null) return new GroupPostingAnswer.Unavailable(trouble);

        bool redirects = group.Values("mgrpMsgRejectAction").Contains("TOMODERATOR", StringComparer.OrdinalIgnoreCase);
        bool moderatesAll = !isModerator && !moderators.IsEmpty && !IsRestricted(group);
        if (refusal is null && !moderatesAll) return new GroupPostingAnswer.Allowed();
        return moderatesAll || (redirects && !moderators.IsEmpty)
            ? new GroupPostingAnswer.ToModerators([.. moderators.Select(m => m.Target)])
            : new GroupPostingAnswer.Refused(RejectText(group), refusal!);
    }

    private static bool IsRestricted(DirectoryEntry group) =>
        Attributes.Where(a => a.StartsWith("mgrpAllowed", StringComparison.Ordinal) || a.StartsWith("mgrpDisallowed", StringComparison.Ordinal)).Any(a => group.First(a) is not null);

    private static string? Clauses(DirectoryEntry group, string identity, bool anyIsEnough, Question ask, ref DirectoryTrouble? trouble)
    {
        string domain = identity[(identity.LastIndexOf('@') + 1)..];
        ImmutableArray<string> broadcasters = group.Values("mgrpAllowedBroadcaster"), domains = group.Values("mgrpAllowedDomain");
        if (ask.Includes(group.Values("mgrpDisallowedBroadcaster"), ref trouble)) return "the sender is a disallowed broadcaster";
        if (!broadcasters.IsEmpty && ask.Includes(broadcasters, ref trouble)) return null;
        if (group.Values("mgrpDisallowedDomain").Any(d => Matches(d, domain))) return "the sender's domain is disallowed";
        bool domainFits = !domains.IsEmpty && domains.Any(d => Matches(d, domain));
        if (broadcasters.IsEmpty) return domains.IsEmpty || domainFits ? null : "the sender's domain is not allowed";
        return anyIsEnough && domainFits ? null : "the sender is no allowed broadcaster";
    }

    /// <summary>Compares with <c>*</c> and <c>?</c>, case-blind.</summary>
    private static bool Matches(string pattern, string domain) =>
        domain.Length > 0 && System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern.Trim(), domain, ignoreCase: true);

    /// <summary>First line, ASCII.</summary>
    private static string RejectText(DirectoryEntry group)
    {
        string text = (group.First("mgrpMsgRejectText") ?? group.First("mailRejectText") ?? "").Split('\r', '\n', '$')[0].Trim();
        return text.Length > 0 && Ascii.IsValid(text) ? text : DefaultText;
    }

    /// <summary>Whether one sender is among those that URLs and addresses name.</summary>
    private sealed class Question(GroupPosting owner, string identity, Inquiry inquiry)
    {
        public ImmutableArray<GroupMember> Of(ImmutableArray<string> values, ref DirectoryTrouble? trouble)
        {
            ImmutableArray<GroupMember>.Builder members = ImmutableArray.CreateBuilder<GroupMember>();
            foreach (string value in values)
            {
                if (value.StartsWith("ldap:", StringComparison.OrdinalIgnoreCase)) members.AddRange(GroupMembers.ByUrl(value, inquiry, ref trouble));
                else if (GroupMembers.Written822(value) is { } written) members.Add(written);
                else trouble ??= DirectoryTrouble.Wrong($"\"{value}\" is neither an address nor an LDAP URL");
            }

            return members.ToImmutable();
        }

        public bool Includes(ImmutableArray<string> values, ref DirectoryTrouble? trouble) => Includes(Of(values, ref trouble), 1, ref trouble);

        /// <summary>One that is named counts with all its addresses, and a group with all its members.</summary>
        private bool Includes(ImmutableArray<GroupMember> members, int depth, ref DirectoryTrouble? trouble)
        {
            if (identity.Length == 0) return false;
            if (members.Any(m => m.Addresses.Contains(identity, StringComparer.Ordinal))) return true;
            if (depth > MaximumDepth) return false;
            foreach (GroupMember member in members)
            {
                if (owner.FindGroup(member, inquiry, ref trouble) is not { } group) continue;
                ImmutableArray<GroupMember> inner = GroupMembers.Of(group, inquiry, out DirectoryTrouble? inside);
                trouble ??= inside;
                if (Includes(inner, depth + 1, ref trouble)) return true;
            }

            return false;
        }
    }

    private DirectoryEntry? FindGroup(GroupMember member, Inquiry inquiry, ref DirectoryTrouble? trouble)
    {
        switch (find(member.Target, inquiry))
        {
            case RecipientFinding.Found { Recipient: { IsGroup: true } recipient }:
                return recipient.Entry;
            case RecipientFinding.Refused { Fault.IsTransient: true }:
                trouble ??= DirectoryTrouble.Down;
                return null;
            default:
                return null;
        }
    }
}
