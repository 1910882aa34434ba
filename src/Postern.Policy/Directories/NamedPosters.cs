using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>
/// Whether a sender is among those that addresses and LDAP URLs name (Schema Reference, "mgrpAllowedBroadcaster"). One who is named counts with all
/// his addresses, and a group with all its members, so that a group that names itself lets its members write.
/// </summary>
/// <param name="directory">null: there is none, and only addresses name somebody.</param>
internal sealed class NamedPosters(RecipientLookup? directory)
{
    private const int MaximumDepth = 3;

    /// <param name="trouble">not null when it cannot be told now; the answer is then none.</param>
    public bool Include(ImmutableArray<string> values, Mailbox sender, Inquiry inquiry, out DirectoryTrouble? trouble)
    {
        trouble = null;
        return UserDirectory.KeyOf(sender.ToString()) is { } key && Include(Of(values, inquiry, ref trouble), key, 1, inquiry, ref trouble);
    }

    /// <summary>Those who are named, groups not opened.</summary>
    public static ImmutableArray<GroupMember> Of(ImmutableArray<string> values, Inquiry inquiry, ref DirectoryTrouble? trouble)
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

    private bool Include(ImmutableArray<GroupMember> members, string key, int depth, Inquiry inquiry, ref DirectoryTrouble? trouble)
    {
        if (members.Any(m => m.Addresses.Contains(key, StringComparer.Ordinal))) return true;
        if (depth > MaximumDepth) return false;
        foreach (GroupMember member in members)
        {
            if (FindGroup(member, inquiry, ref trouble) is not { } group) continue;
            ImmutableArray<GroupMember> inner = GroupMembers.Of(group, inquiry, out DirectoryTrouble? inside);
            trouble ??= inside;
            if (Include(inner, key, depth + 1, inquiry, ref trouble)) return true;
        }

        return false;
    }

    private DirectoryEntry? FindGroup(GroupMember member, Inquiry inquiry, ref DirectoryTrouble? trouble)
    {
        switch (directory?.Find(member.Target, inquiry))
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
