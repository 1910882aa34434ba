using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

/// <summary>
/// Expands one rewritten recipient (Technical Reference, "Alias recursion and nested list definitions").
/// Idea: depth first along the path of aliases; every target is rewritten anew and expanded again until it leaves the
/// local channel. A target that leads back to the very alias it stands in is the account of that name; one that leads
/// back to an earlier alias of the path is a loop and kills its branch only. INVARIANT: the path holds each alias at most
/// once, so the recursion ends; depth and size have limits beside that.
/// A member that leads nowhere does not refuse the others: it goes to the reprocess channel, which tries it once more and
/// notifies the envelope From when it still fails. A member that cannot be decided now defers the whole recipient.
/// </summary>
internal sealed class Expansion(ConfigurationSnapshot snapshot, Rewriter rewriter)
{
    private static readonly ChannelName Reprocess = new("reprocess");
    private static readonly ChannelName Store = new("ims-ms");
    private static readonly ChannelName Bitbucket = new("bitbucket");

    private readonly AliasLookup _lookup = new(snapshot);

    /// <param name="from">the sender's reverse-path.</param>
    /// <param name="cameByAlias">the recipient comes back from the queue, and an alias led there.</param>
    public ExpansionResult Expand(RewriteResult.Success named, string from, RewriteContext context, bool cameByAlias)
    {
        Walk walk = new(this, context, cameByAlias);
        walk.Visit(named, new Branch(from, [], 0, SkipsAliases: false, named.Address));
        return walk.Finish();
    }

    /// <summary>Where in the tree of aliases the walk stands.</summary>
    /// <param name="From">envelope From for what is below.</param>
    /// <param name="Original">what the sender, or the list above, called this recipient.</param>
    private sealed record Branch(string From, ImmutableArray<AliasDefinition> Path, int Depth, bool SkipsAliases, Mailbox Original);

    private sealed class Walk(Expansion owner, RewriteContext context, bool cameByAlias)
    {
        private readonly ConfigurationSnapshot _snapshot = owner.Snapshot;
        private readonly List<ExpandedRecipient> _recipients = [];
        private readonly HashSet<(ChannelName, string, string)> _seen = [];
        private readonly List<(Mailbox Member, string From, ExpansionFault Fault)> _faults = [];
        private readonly ImmutableArray<ExplanationStep>.Builder _steps = ImmutableArray.CreateBuilder<ExplanationStep>();

        public ExpansionResult Finish()
        {
            ExpansionFault? refusal = _faults.Select(f => f.Fault).FirstOrDefault(f => f.IsTransient);
            if (refusal is null && _recipients.Count == 0) refusal = _faults[0].Fault;
            if (refusal is null && _recipients.Count > _snapshot.Options.MaximumExpandedRecipients)
                refusal = new ExpansionFault(452, new EnhancedCode(4, 5, 3), "too many recipients after expansion");
            if (refusal is not null) return new ExpansionResult([], refusal, _steps.ToImmutable());
            foreach ((Mailbox member, string from, ExpansionFault fault) in _faults) Postpone(member, from, fault);
            return new ExpansionResult([.. _recipients], null, _steps.ToImmutable());
        }

        public void Visit(RewriteResult.Success at, Branch branch)
        {
            bool isLocal = at.Channel.Name == _snapshot.Channels.Local.Name;
            if (!isLocal && !at.Channel.AliasLocal)
            {
                Leave(at, branch);
                return;
            }

            AliasHit? hit = branch.SkipsAliases ? null : owner._lookup.FindAlias(at.Address);
            if (hit is not null && branch.Path is [.., var parent] && ReferenceEquals(parent, hit.Definition))
                hit = null;
            if (hit is not null) Descend(at, hit, branch);
            else if (owner._lookup.FindUser(at.Address, out string subaddress) is { } user) Account(at, user, subaddress, branch);
            else Leave(at, branch);
        }

        /// <summary>The address is what the mail goes to, unless its channel takes only what an alias led to (<c>viaaliasrequired</c>).</summary>
        private void Leave(RewriteResult.Success at, Branch branch)
        {
            bool isLocal = at.Channel.Name == _snapshot.Channels.Local.Name;
            if (at.Channel.ViaAliasRequired && (isLocal || (branch.Path.IsEmpty && !cameByAlias))) Unknown(at, branch);
            else Emit(at, branch);
        }

        private void Descend(RewriteResult.Success at, AliasHit hit, Branch branch)
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

            if (alias.Unreadable is { } reason)
            {
                Note(alias.Key, alias, reason, []);
                Fail(at, branch, new ExpansionFault(451, new EnhancedCode(4, 3, 0), "alias cannot be expanded now"));
                return;
            }

            if (alias.Targets.IsEmpty)
            {
                Empty(at, alias, branch);
                return;
            }

            ImmutableArray<Mailbox> targets = [.. alias.Targets.Select(t => t.For(hit.Subaddress))];
            Note(AliasKey.Of(at.Address), alias, alias.IsList ? "list" : "alias", [.. targets.Select(t => t.ToString())]);
            Branch below = branch with
            {
                From = alias.EnvelopeFrom is { } owner && owner != "/" ? owner : branch.From,
                Path = branch.Path.Add(alias),
                Depth = branch.Depth + 1,
            };
            foreach (Mailbox target in targets) Follow(target, alias.IsList ? below with { Original = target } : below);
        }

        /// <summary>Rewrites a target and visits where it leads. A bare one belongs to this MTA.</summary>
        private void Follow(Mailbox target, Branch branch)
        {
            RewriteResult rewritten = owner.Rewriter.Rewrite(target, context);
            _steps.AddRange(rewritten.Steps);
            if (rewritten is RewriteResult.Success success) Visit(success, branch);
            else if (rewritten is RewriteResult.Failure failure)
                _faults.Add((target, branch.From, new ExpansionFault(failure.IsTransient ? 450 : 550, failure.Status, failure.Text)));
        }

        private void Account(RewriteResult.Success at, UserEntry user, string subaddress, Branch branch)
        {
            string domain = user.DomainKey == _snapshot.DefaultDomain ? "" : $"%{user.DomainKey}";
            string host = _snapshot.Channels.FindByName(Store)?.OfficialHost ?? "ims-ms-daemon";
            LocalPart local = new($"{user.LocalPart}{subaddress}{domain}", WasQuoted: false);
            Mailbox mailbox = new(local, new MailDomain.Name(host, host.ToLowerInvariant()));
            _steps.Add(new ExplanationStep.Alias(AliasKey.Of(at.Address), user.Position, "account", [mailbox.ToString()]));

            // An account is the end of the walk: if the store's name led back here, that would be a fault of the rules.
            RewriteResult rewritten = owner.Rewriter.Rewrite(mailbox, context);
            _steps.AddRange(rewritten.Steps);
            if (rewritten is RewriteResult.Success success && success.Channel.Name != _snapshot.Channels.Local.Name) Emit(success, branch);
            else Fail(at, branch, new ExpansionFault(451, new EnhancedCode(4, 3, 5), "mailbox cannot be routed"));
        }

        /// <summary>Mail to a list without members is accepted and dropped, unless <c>emptylist=reject</c> says otherwise.</summary>
        private void Empty(RewriteResult.Success at, AliasDefinition alias, Branch branch)
        {
            Note(alias.Key, alias, "empty list", []);
            if (_snapshot.Options.EmptyListReject || _snapshot.Channels.FindByName(Bitbucket) is not { } bitbucket)
                Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 1, 6), "list has no members"));
            else
                Emit(at.Address, bitbucket.Name, bitbucket.OfficialHost, branch.From, branch.Original, viaAlias: true);
        }

        private void Unknown(RewriteResult.Success at, Branch branch)
        {
            Note(AliasKey.Of(at.Address), null, "no alias and no account", []);
            Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 1, 1), "unknown or illegal alias"));
        }

        private void Emit(RewriteResult.Success at, Branch branch) => Emit(at.Address, at.Channel.Name, at.Host, branch.From, branch.Original, viaAlias: !branch.Path.IsEmpty);

        private void Emit(Mailbox address, ChannelName channel, string host, string from, Mailbox original, bool viaAlias)
        {
            string text = address.ToString();
            string folded = address.Domain is { } domain ? $"{address with { Domain = null }}@{domain.Key}" : text;
            if (!_seen.Add((channel, folded, from))) return;
            string name = original.ToString();
            _recipients.Add(new ExpandedRecipient(text, channel, host, from, OriginalRecipient: name == text ? null : $"rfc822;{name}", ViaAlias: viaAlias));
        }

        private void Postpone(Mailbox member, string from, ExpansionFault fault)
        {
            if (_snapshot.Channels.FindByName(Reprocess) is not { } reprocess)
            {
                Note(member.ToString(), null, $"member dropped: {fault.Text}", []);
                return;
            }

            Note(member.ToString(), null, $"member to be notified about: {fault.Text}", []);
            Emit(member, reprocess.Name, reprocess.OfficialHost, from, member, viaAlias: true);
        }

        private void Fail(RewriteResult.Success at, Branch branch, ExpansionFault fault) => _faults.Add((at.Address, branch.From, fault));

        private void Note(string key, AliasDefinition? alias, string outcome, ImmutableArray<string> targets) =>
            _steps.Add(new ExplanationStep.Alias(key, alias?.Position, outcome, targets));
    }

    private ConfigurationSnapshot Snapshot => snapshot;

    private Rewriter Rewriter => rewriter;
}
