using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Directories;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

// What the LDAP directory has to say on the walk of an expansion. An entry is an alias, or group, of its own: the same limits of depth
// hold, a way that leads back to an entry is a loop, and an entry whose very own target is its address again is the mailbox of that
// name. INVARIANT: a question that the directory leaves open ends as a transient fault of the whole recipient.
internal sealed partial class Expansion
{
    private readonly RecipientLookup? _directory = snapshot.Recipients;
    private readonly DirectoryTargets _targets = new(snapshot.Options.Directory, snapshot.DefaultDomain, snapshot.IsOwnHost);
    private readonly GroupPosting _posting = new(
        snapshot.Options.OrClauses,
        (address, inquiry) => snapshot.Recipients?.Find(address, inquiry) ?? new RecipientFinding.None());

    /// <summary>An entry on the way.</summary>
    /// <param name="Aliases">aliases of the file passed before it.</param>
    private readonly record struct Passed(string Name, int Aliases);

    private sealed partial class Walk
    {
        private static readonly EnhancedCode NotForYou = new(5, 7, 1);
        private static readonly ExpansionFault NotRouted = new(451, new EnhancedCode(4, 3, 5), "mailbox cannot be routed");

        /// <summary>Whether the directory knew the address, so that no other source is asked.</summary>
        /// <param name="self">the entry whose own target the address is.</param>
        private bool AskDirectory(RewriteResult.Success at, Branch branch, out DirectoryRecipient? self)
        {
            self = null;
            if (owner._directory is not { } directory) return false;
            switch (directory.Find(at.Address, inquiry))
            {
                case RecipientFinding.Refused refused:
                    Note(AliasKey.Of(at.Address), null, refused.Why, []);
                    Fail(at, branch, refused.Fault);
                    return true;
                case RecipientFinding.Elsewhere elsewhere:
                    RouteTo(at, elsewhere.Host, branch);
                    return true;
                case RecipientFinding.CatchAll all:
                    if (Enter(at, $"catch-all of {all.EntryDn}", branch) is { } below) Follow(all.Target, below);
                    return true;
                case RecipientFinding.Found { Recipient: var found }:
                    if (branch.Entries is not [.., var last] || last != new Passed(found.Entry.Name, branch.Path.Length))
                    {
                        Entry(at, found, branch);
                        return true;
                    }

                    if (!found.IsGroup) self = found;
                    return found.IsGroup;
                default:
                    return false;
            }
        }

        private void Entry(RewriteResult.Success at, DirectoryRecipient found, Branch branch)
        {
            if (Enter(at, found.Entry.Name, branch) is not { } below) return;
            ImmutableArray<DirectoryTarget> targets = owner._targets.Of(
                found, at.Address, context.Reprocessing, text => Note(AliasKey.Of(at.Address), null, $"\"{found.Entry.Name}\": {text}", []));
            if (targets.IsEmpty) Fail(at, branch, NotRouted);
            foreach (DirectoryTarget target in targets)
            {
                switch (target)
                {
                    case DirectoryTarget.Account account:
                        Note(AliasKey.Of(at.Address), null, $"account \"{found.Entry.Name}\"", [account.Mailbox.ToString()]);
                        Deliver(at, account.Mailbox, branch);
                        break;
                    case DirectoryTarget.Forward forward:
                        Note(AliasKey.Of(at.Address), null, $"forwarded by \"{found.Entry.Name}\"", [forward.Target.ToString()]);
                        Follow(forward.Target, below);
                        break;
                    case DirectoryTarget.MailHost host:
                        RouteTo(at, host.Host, branch);
                        break;
                    case DirectoryTarget.Later:
                        if (!found.IsGroup || MayPost(at, found.Entry, below)) Later(at, below);
                        break;
                    case DirectoryTarget.Members:
                        if (MayPost(at, found.Entry, below)) Members(at, found.Entry, below);
                        break;
                }
            }
        }

        /// <summary>The mailbox of an entry that forwards to its own address.</summary>
        private void OwnMailbox(RewriteResult.Success at, DirectoryRecipient self, Branch branch)
        {
            DirectoryRecipient plain = self with
            {
                Entry = new DirectoryEntry(self.Entry.Name, ((string[])["uid", "mailHost"]).Select(a => KeyValuePair.Create(a, self.Entry.Values(a)))),
            };
            foreach (DirectoryTarget target in owner._targets.Of(plain, at.Address, reprocessing: true, static _ => { }))
            {
                if (target is DirectoryTarget.Account account) Deliver(at, account.Mailbox, branch);
                else if (target is DirectoryTarget.MailHost host) RouteTo(at, host.Host, branch);
            }
        }

        private void RouteTo(RewriteResult.Success at, string host, Branch branch)
        {
            Note(AliasKey.Of(at.Address), null, $"served by \"{host}\"", []);
            if (ChannelTable.KeyOf(host) is not { } key) Fail(at, branch, NotRouted);
            else if (Enter(at, $"route to {key}", branch) is { } below) Follow(at.Address with { Route = at.Address.Route.Insert(0, new MailDomain.Name(host, key)) }, below);
        }

        private void Later(RewriteResult.Success at, Branch branch)
        {
            Note(AliasKey.Of(at.Address), null, "processed later", []);
            if (_snapshot.Channels.FindByName(Reprocess) is { } reprocess) Emit(at.Address, reprocess.Name, reprocess.OfficialHost, branch.From, branch.Original, viaAlias: true);
            else Fail(at, branch, NotRouted);
        }

        /// <summary>The submitter may write to a group, or the list that leads to it may; when neither does, that is said or done here.</summary>
        private bool MayPost(RewriteResult.Success at, DirectoryEntry group, Branch branch)
        {
            // Everybody may write to these, whatever a group says (RFC 5321 §4.5.1, RFC 2142 §2).
            if (at.Address.Local.Value.ToLowerInvariant() is "postmaster" or "abuse") return true;
            bool isList = group.First("mgrpErrorsTo") is not null;
            PostingAnswer answer = sender.Length == 0 && isList
                ? new PostingAnswer.Refused("notifications are not taken for this list", "the null sender may not write to a list")
                : owner._posting.Decide(group, sender, user, inquiry);
            if (answer is PostingAnswer.Refused && branch.From != sender) answer = owner._posting.Decide(group, branch.From, user, inquiry);
            switch (answer)
            {
                case PostingAnswer.Allowed:
                    return true;
                case PostingAnswer.ToModerators moderators:
                    Note(AliasKey.Of(at.Address), null, $"moderated group \"{group.Name}\"", [.. moderators.Moderators.Select(m => m.ToString())]);
                    foreach (Mailbox moderator in moderators.Moderators) Follow(moderator, branch);
                    return false;
                case PostingAnswer.Refused refused:
                    Note(AliasKey.Of(at.Address), null, $"group \"{group.Name}\": {refused.Why}", []);
                    Fail(at, branch, new ExpansionFault(550, NotForYou, refused.Text));
                    return false;
                case PostingAnswer.Unavailable unavailable:
                    Note(AliasKey.Of(at.Address), null, unavailable.Trouble.Text, []);
                    Fail(at, branch, unavailable.Trouble.Fault);
                    return false;
                default:
                    throw new InvalidOperationException($"unknown answer {answer.GetType().Name}");
            }
        }

        private void Members(RewriteResult.Success at, DirectoryEntry group, Branch branch)
        {
            ImmutableArray<GroupMember> members = GroupMembers.Of(group, inquiry, out DirectoryTrouble? trouble);
            string key = AliasKey.Of(at.Address);
            if (trouble is not null)
            {
                Note(key, null, trouble.Text, []);
                Fail(at, branch, trouble.Fault);
                return;
            }

            Note(key, null, members.IsEmpty ? $"group \"{group.Name}\" without members" : $"group \"{group.Name}\"", [.. members.Select(m => m.Target.ToString())]);
            if (members.IsEmpty) Empty(at, branch);
            string? errorsTo = group.First("mgrpErrorsTo");
            GroupMember? owners = errorsTo is null ? null : GroupMembers.Written822(errorsTo);
            if (errorsTo is not null && owners is null) Note(key, null, $"mgrpErrorsTo \"{errorsTo}\" is no address", []);
            foreach (GroupMember member in members)
                Follow(member.Target, owners is null ? branch : branch with { From = owners.Target.ToString(), Original = member.Target });
        }

        /// <summary>One step down into an entry; null, and a fault, when that would be a loop or too deep.</summary>
        private Branch? Enter(RewriteResult.Success at, string name, Branch branch)
        {
            bool isLoop = branch.Entries.Any(e => e.Name == name);
            if (!isLoop && branch.Depth < _snapshot.Options.MaximumAliasLevels)
                return branch with { Entries = branch.Entries.Add(new Passed(name, branch.Path.Length)), Depth = branch.Depth + 1 };
            Note(AliasKey.Of(at.Address), null, isLoop ? $"loop: back at \"{name}\"" : "alias nesting too deep", []);
            Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 4, 6), isLoop ? "alias loop" : "alias nesting too deep"));
            return null;
        }
    }
}
