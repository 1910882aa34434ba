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
internal sealed partial class ExpansionWalk
{
    private static readonly ExpansionFault NotRouted = new(451, new EnhancedCode(4, 3, 5), "mailbox cannot be routed");

    /// <summary>Whether the directory knew the address, so that no other source is asked.</summary>
    /// <param name="self">the entry whose own target the address is.</param>
    private bool AskDirectory(RewriteResult.Success at, ExpansionBranch branch, out DirectoryRecipient? self)
    {
        self = null;
        if (rules.Directory is not { } directory) return false;
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
                if (branch.Entries is not [.., var last] || last != new PassedEntry(found.Entry.Name, branch.Path.Length))
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

    private void Entry(RewriteResult.Success at, DirectoryRecipient found, ExpansionBranch branch)
    {
        if (Enter(at, found.Entry.Name, branch) is not { } below) return;
        ImmutableArray<DirectoryTarget> targets = rules.Targets.Of(found, at.Address, context.Reprocessing, text => Tell(at, found.Entry, text));
        if (targets.IsEmpty) Fail(at, branch, NotRouted);
        foreach (DirectoryTarget target in targets)
        {
            switch (target)
            {
                case DirectoryTarget.Account account:
                    Note(AliasKey.Of(at.Address), null, $"account \"{found.Entry.Name}\"", [account.Mailbox.ToString()]);
                    DeliverUnlessForwarded(at, account.Mailbox, below);
                    break;
                case DirectoryTarget.Forward forward:
                    Note(AliasKey.Of(at.Address), null, $"forwarded by \"{found.Entry.Name}\"", [forward.Target.ToString()]);
                    Follow(forward.Target, below);
                    break;
                case DirectoryTarget.MailHost host:
                    RouteTo(at, host.Host, branch);
                    break;
                case DirectoryTarget.Later:
                    if (found.IsGroup) Group(at, found.Entry, isLater: true, below);
                    else Later(at, null, below);
                    break;
                case DirectoryTarget.Members:
                    Group(at, found.Entry, isLater: false, below);
                    break;
            }
        }
    }

    /// <summary>FORWARD may lead the mail of an account elsewhere, as it does with accounts of the users file.</summary>
    private void DeliverUnlessForwarded(RewriteResult.Success at, Mailbox mailbox, ExpansionBranch branch)
    {
        Mailbox asked = at.Address;
        if (Forward(ref at, ref branch)) return;
        if (at.Address == asked) Deliver(at, mailbox, branch);
        else Leave(at, branch, at.Channel.Name == _snapshot.Channels.Local.Name, self: null);
    }

    /// <summary>The mailbox of an entry that forwards to its own address.</summary>
    private void OwnMailbox(RewriteResult.Success at, DirectoryRecipient self, ExpansionBranch branch)
    {
        DirectoryRecipient plain = self with
        {
            Entry = new DirectoryEntry(self.Entry.Name, ((string[])["uid", "mailHost"]).Select(a => KeyValuePair.Create(a, self.Entry.Values(a)))),
        };
        foreach (DirectoryTarget target in rules.Targets.Of(plain, at.Address, reprocessing: true, static _ => { }))
        {
            if (target is DirectoryTarget.Account account) Deliver(at, account.Mailbox, branch);
            else if (target is DirectoryTarget.MailHost host) RouteTo(at, host.Host, branch);
        }
    }

    private void RouteTo(RewriteResult.Success at, string host, ExpansionBranch branch)
    {
        Note(AliasKey.Of(at.Address), null, $"served by \"{host}\"", []);
        if (ChannelTable.KeyOf(host) is not { } key) Fail(at, branch, NotRouted);
        else if (Enter(at, $"route to {key}", branch) is { } below) Follow(at.Address with { Route = at.Address.Route.Insert(0, new MailDomain.Name(host, key)) }, below);
    }

    /// <summary>Expands a group as the list it is, now or later.</summary>
    private void Group(RewriteResult.Success at, DirectoryEntry group, bool isLater, ExpansionBranch branch)
    {
        AliasDefinition list = GroupDefinition.Of(
            group, at.Address, _snapshot.Options.Directory, _snapshot.Options.OrClauses, inquiry, text => Tell(at, group, text), out DirectoryTrouble? trouble);
        if (trouble is null && Post(at, list, branch, branch) is var below)
        {
            if (below is null) return;
            if (isLater)
            {
                Later(at, list, branch);
                return;
            }

            ImmutableArray<GroupMember> members = GroupMembers.Of(group, inquiry, out trouble);
            if (trouble is null) Members(at, list, [.. members.Select(m => (m.Target, false))], branch, below);
        }

        if (trouble is null) return;
        Tell(at, group, trouble.Text);
        Fail(at, branch, trouble.Fault);
    }

    private void Tell(RewriteResult.Success at, DirectoryEntry entry, string text) => Note(AliasKey.Of(at.Address), null, $"\"{entry.Name}\": {text}", []);

    /// <summary>One step down into an entry; null, and a fault, when that would be a loop or too deep.</summary>
    private ExpansionBranch? Enter(RewriteResult.Success at, string name, ExpansionBranch branch)
    {
        bool isLoop = branch.Entries.Any(e => e.Name == name);
        if (!isLoop && branch.Depth < _snapshot.Options.MaximumAliasLevels)
            return branch with { Entries = branch.Entries.Add(new PassedEntry(name, branch.Path.Length)) };
        Note(AliasKey.Of(at.Address), null, isLoop ? $"loop: back at \"{name}\"" : "alias nesting too deep", []);
        Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 4, 6), isLoop ? "alias loop" : "alias nesting too deep"));
        return null;
    }
}
