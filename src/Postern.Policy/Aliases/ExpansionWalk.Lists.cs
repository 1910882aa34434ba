using System.Collections.Immutable;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

// How the walk goes through an alias, group or list, whether the alias file or the directory defines it: limits, posting, members.
internal sealed partial class ExpansionWalk
{
    private void Descend(RewriteResult.Success at, AliasHit hit, ExpansionBranch branch)
    {
        AliasDefinition alias = hit.Definition;
        if (branch.Path.Contains(alias))
        {
            string loop = string.Join(", ", branch.Path.SkipWhile(a => a != alias).Append(alias).Select(a => a.Name));
            Note(alias.Key, alias, $"alias loop: {loop}", []);
            Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 4, 6), $"alias loop {loop}"));
            return;
        }

        if (branch.Depth >= _snapshot.Options.MaximumAliasLevels)
        {
            Note(alias.Key, alias, "alias nesting too deep", []);
            Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 4, 6), "alias nesting too deep"));
            return;
        }

        ExpansionBranch passed = branch with { Path = branch.Path.Add(alias) };
        if (Post(at, alias, branch, passed with { IsForwarded = false }) is not { } below) return;
        if (alias.Parameters.Reprocess && !context.Reprocessing && _snapshot.Channels.FindByName(Reprocess) is not null)
        {
            // Not held yet: the list is asked once more when it is expanded, and would hold it again.
            Later(at, alias, passed);
            return;
        }

        ImmutableArray<AliasTarget> targets = _snapshot.Aliases.TargetsOf(alias, out string? unreadable);
        if (unreadable is not null)
        {
            Note(alias.Key, alias, unreadable, []);
            Fail(at, branch, new ExpansionFault(451, new EnhancedCode(4, 3, 0), "alias cannot be expanded now"));
            return;
        }

        Members(at, alias, [.. targets.Select(t => (t.For(hit.Subaddress), t.IsHidden))], passed, below);
    }

    /// <summary>Asks whether the submitter may write to a list; when not, that is said or done here.</summary>
    /// <param name="below">the branch of the members.</param>
    /// <returns>the branch of the members as the list wants it, or null when nothing gets there.</returns>
    private ExpansionBranch? Post(RewriteResult.Success at, AliasDefinition alias, ExpansionBranch branch, ExpansionBranch below)
    {
        PostingAnswer answer = rules.Posting.Check(alias, at.Address, poster with { Current = branch.Owner ?? branch.From }, inquiry);
        _steps.AddRange(answer.Steps);
        switch (answer)
        {
            case PostingAnswer.Refused refused:
                Note(alias.Key, alias, "posting refused", []);
                Fail(at, branch, refused.Fault);
                return null;
            case PostingAnswer.Moderated moderated:
                Note(AliasKey.Of(at.Address), alias, "to the moderator", [.. moderated.Moderators.Select(m => m.ToString())]);
                foreach (Mailbox moderator in moderated.Moderators) Follow(moderator, below with { From = poster.Original, Owner = null, Lists = null });
                return null;
            case PostingAnswer.Allowed { HoldReason: { } reason }:
                return below with { HoldReason = reason };
            default:
                return below;
        }
    }

    /// <param name="at">as it was addressed.</param>
    /// <param name="passed">the branch of the list itself.</param>
    /// <param name="below">the branch of its members.</param>
    private void Members(
        RewriteResult.Success at, AliasDefinition alias, ImmutableArray<(Mailbox Address, bool IsHidden)> members, ExpansionBranch passed, ExpansionBranch below)
    {
        if (members.IsEmpty)
        {
            Note(alias.Key, alias, "empty list", []);
            Empty(at, passed);
            return;
        }

        if (ListPath.Concerns(alias)) below = below with { Lists = new ListPath(passed.Lists, alias, at.Address, passed.From) };
        Note(AliasKey.Of(at.Address), alias, alias.IsList ? "list" : "alias", [.. members.Select(m => m.Address.ToString())]);
        below = NotifyBelow(alias, at.Address, members.Length, passed, below);
        foreach ((Mailbox address, bool isHidden) in members)
        {
            ExpansionBranch member = isHidden ? below with { ShownAs = passed.ShownAs ?? at.Address.ToString() } : below;
            if (alias.Parameters.Sender is { } sender)
                member = member with { From = sender.For(Full(address), passed.From), Owner = sender.Plain?.ToString() ?? passed.Owner, Original = Full(address) };
            Follow(address, member);
        }
    }

    /// <summary>RFC 3461 §5.2.7: who asked to hear of success hears of it here where the message goes to several or to a list.</summary>
    private ExpansionBranch NotifyBelow(AliasDefinition alias, Mailbox address, int members, ExpansionBranch passed, ExpansionBranch below)
    {
        bool wantsSuccess = passed.Notify.HasFlag(Notify.Success);
        if (!alias.IsList && (members == 1 || !wantsSuccess)) return below;
        if (wantsSuccess)
        {
            ExpansionNoticeKind kind = alias.IsList ? ExpansionNoticeKind.Delivered : ExpansionNoticeKind.Expanded;
            _notices.Add(new ExpansionNotice(kind, address, passed.OriginalRecipient, passed.From));
        }

        if (alias.IsList) return below with { Notify = alias.Parameters.TellsDelays ? Notify.Failure | Notify.Delay : Notify.Failure, OriginalRecipient = null };
        Notify rest = passed.Notify & ~Notify.Success;
        return below with { Notify = rest == Notify.None ? Notify.Never : rest };
    }

    /// <summary>What is to be expanded when the queue hands it back.</summary>
    private void Later(RewriteResult.Success at, AliasDefinition? alias, ExpansionBranch branch)
    {
        Note(AliasKey.Of(at.Address), alias, "expanded later", []);
        if (_snapshot.Channels.FindByName(Reprocess) is { } reprocess) Emit(at.Address, reprocess.Name, reprocess.OfficialHost, branch);
        else Fail(at, branch, NotRouted);
    }

    /// <summary>Mail to a list without members is accepted and dropped, unless <c>emptylist=reject</c> says otherwise.</summary>
    private void Empty(RewriteResult.Success at, ExpansionBranch branch)
    {
        if (_snapshot.Options.EmptyListReject || _snapshot.Channels.FindByName(Bitbucket) is not { } bitbucket)
            Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 1, 6), "list has no members"));
        else
            Emit(at.Address, bitbucket.Name, bitbucket.OfficialHost, branch);
    }
}
