using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

/// <summary>
/// Expands one rewritten recipient (Technical Reference, "Alias recursion and nested list definitions").
/// Idea: depth first along the path of aliases; every target is rewritten anew and expanded again until it leaves the
/// local channel. A target that leads back to the very alias it stands in is the account of that name; one that leads
/// back to an earlier alias of the path is a loop and kills its branch only. Where aliases have nothing more to say,
/// FORWARD is asked, and may start all of this again.
/// INVARIANT: the path holds each alias at most once and FORWARD starts anew at most <see cref="MostRestarts"/> times, so
/// every branch ends; depth, recipients and steps have limits beside that, so the whole does.
/// A member that leads nowhere does not refuse the others: it goes to the reprocess channel, which tries it once more and
/// notifies the envelope From when it still fails. A member that cannot be decided now defers the whole recipient.
/// </summary>
internal sealed class Expansion(ConfigurationSnapshot snapshot, Rewriter rewriter, AccessTables tables)
{
    /// <summary>A recipient starts anew so often because of FORWARD.</summary>
    public const int MostRestarts = 10;

    private static readonly ChannelName Reprocess = new("reprocess");
    private static readonly ChannelName Store = new("ims-ms");
    private static readonly ChannelName Bitbucket = new("bitbucket");

    private readonly AliasLookup _lookup = new(snapshot);
    private readonly PostingCheck _posting = new(snapshot, tables);
    private readonly AddressForwarding _forwarding = new(snapshot, tables);

    private ConfigurationSnapshot Snapshot => snapshot;

    private Rewriter Rewriter => rewriter;

    /// <param name="from">the sender's reverse-path.</param>
    public ExpansionResult Expand(RewriteResult.Success named, string from, SessionFacts facts, EnvelopeTerms terms, RewriteContext context)
    {
        Walk walk = new(this, new Poster(facts, from, from, terms), context);
        walk.Visit(named, new Branch(from, named.Address, terms.OriginalRecipient, terms.Notify) { ShownAs = terms.ShownAs });
        return walk.Finish();
    }

    /// <summary>Where in the tree of aliases the walk stands.</summary>
    /// <param name="From">envelope From for what is below.</param>
    /// <param name="Original">what the sender, or the list above, called this recipient.</param>
    /// <param name="OriginalRecipient">ORCPT of the client, as far as it holds here.</param>
    private sealed record Branch(string From, Mailbox Original, string? OriginalRecipient, Notify Notify)
    {
        public ImmutableArray<AliasDefinition> Path { get; init; } = [];

        /// <summary>The address came out of FORWARD, not out of the alias at the end of the path.</summary>
        public bool IsForwarded { get; init; }

        public int Restarts { get; init; }

        public bool SkipsForward { get; init; }

        public string? ShownAs { get; init; }

        public string? HoldReason { get; init; }

        public ListPath? Lists { get; init; }

        /// <summary>The owner of the list above, without a member's name in it; null without one.</summary>
        public string? Owner { get; init; }

        public bool IsOurs => !Path.IsEmpty || Restarts > 0;
    }

    private sealed class Walk(Expansion owner, Poster poster, RewriteContext context)
    {
        private readonly ConfigurationSnapshot _snapshot = owner.Snapshot;
        private readonly List<ExpandedRecipient> _recipients = [];
        private readonly Dictionary<(ChannelName, string, string, ListPath?), int> _seen = [];
        private readonly List<(Mailbox Member, Branch Branch, ExpansionFault Fault)> _faults = [];
        private readonly List<ExpansionNotice> _notices = [];
        private readonly ImmutableArray<ExplanationStep>.Builder _steps = ImmutableArray.CreateBuilder<ExplanationStep>();
        private int _visits;

        /// <summary>Aliases that name each other many times over reach few recipients by very many ways.</summary>
        private bool IsExhausted => _visits > 2L * _snapshot.Options.MaximumExpandedRecipients;

        public ExpansionResult Finish()
        {
            ExpansionFault? refusal = _faults.Select(f => f.Fault).FirstOrDefault(f => f.IsTransient);
            if (refusal is null && _recipients.Count == 0 && !IsExhausted) refusal = _faults[0].Fault;
            if (refusal is null && (IsExhausted || _recipients.Count + poster.Terms.Recipients > _snapshot.Options.MaximumExpandedRecipients))
                refusal = new ExpansionFault(452, new EnhancedCode(4, 5, 3), "too many recipients after expansion");
            if (refusal is not null) return new ExpansionResult([], refusal, _steps.ToImmutable(), []);
            foreach ((Mailbox member, Branch branch, ExpansionFault fault) in _faults) Postpone(member, branch, fault);
            return new ExpansionResult([.. _recipients], null, _steps.ToImmutable(), [.. _notices]);
        }

        public void Visit(RewriteResult.Success at, Branch branch)
        {
            if (++_visits > 0 && IsExhausted) return;
            bool isLocal = at.Channel.Name == _snapshot.Channels.Local.Name;
            AliasHit? hit = isLocal || at.Channel.AliasLocal ? owner._lookup.FindAlias(at.Address, at.Channel.Subaddress) : null;
            if (hit is not null && !branch.IsForwarded && branch.Path is [.., var parent] && ReferenceEquals(parent, hit.Definition))
                hit = null;
            if (hit is not null) Descend(at, hit, branch);
            else if (!Forward(ref at, ref branch)) Leave(at, branch, isLocal);
        }

        /// <summary>Nothing more is to be looked up: an account, another channel, or nobody.</summary>
        private void Leave(RewriteResult.Success at, Branch branch, bool isLocal)
        {
            bool mayBeAccount = isLocal || at.Channel.AliasLocal;
            if (mayBeAccount && owner._lookup.FindUser(at.Address, out string subaddress) is { } user) Account(at, user, subaddress, branch);
            else if (isLocal && branch.HoldReason is not null && owner.Snapshot.Channels.FindByName(Reprocess) is { } reprocess) Emit(at.Address, reprocess.Name, reprocess.OfficialHost, branch);
            else if (isLocal || (at.Channel.ViaAliasRequired && !branch.IsOurs)) Unknown(at, branch);
            else Emit(at.Address, at.Channel.Name, at.Host, branch);
        }

        /// <returns>true when the branch goes on, or ends, elsewhere.</returns>
        private bool Forward(ref RewriteResult.Success at, ref Branch branch)
        {
            if (branch.SkipsForward || owner._forwarding.IsIdle) return false;
            ForwardAnswer answer = owner._forwarding.Ask(at.Address, branch.From, poster.Facts, branch.Notify);
            _steps.AddRange(answer.Steps);
            if (answer.CannotTell)
            {
                Fail(at, branch, new ExpansionFault(451, new EnhancedCode(4, 3, 0), "address cannot be looked up now"));
                return true;
            }

            // What an operator released is not held again for the same reason.
            if (answer.Holds && !context.Reprocessing) branch = branch with { HoldReason = "FORWARD" };
            if (answer.Address is not { } address) return false;
            if (!answer.Restarts)
            {
                at = at with { Address = address };
                return false;
            }

            if (branch.Restarts >= MostRestarts)
            {
                Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 4, 6), "forwarding loop"));
                return true;
            }

            Follow(address, branch with { Restarts = branch.Restarts + 1, IsForwarded = true, SkipsForward = answer.IsFinal });
            return true;
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

            if (branch.Path.Length >= _snapshot.Options.MaximumAliasLevels)
            {
                Note(alias.Key, alias, "alias nesting too deep", []);
                Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 4, 6), "alias nesting too deep"));
                return;
            }

            PostingAnswer answer = owner._posting.Check(alias, at.Address, poster with { Current = branch.Owner ?? branch.From });
            _steps.AddRange(answer.Steps);
            Branch below = branch with { Path = branch.Path.Add(alias), IsForwarded = false };
            switch (answer)
            {
                case PostingAnswer.Refused refused:
                    Note(alias.Key, alias, "posting refused", []);
                    Fail(at, branch, refused.Fault);
                    return;
                case PostingAnswer.Moderated moderated:
                    Note(AliasKey.Of(at.Address), alias, "to the moderator", [moderated.Moderator.ToString()]);
                    Follow(moderated.Moderator, below with { From = poster.Original, Owner = null, Lists = null });
                    return;
                case PostingAnswer.Allowed { HoldReason: { } reason }:
                    below = below with { HoldReason = reason };
                    break;
            }

            if (alias.Parameters.Reprocess && !context.Reprocessing && _snapshot.Channels.FindByName(Reprocess) is { } reprocess)
            {
                Note(AliasKey.Of(at.Address), alias, "expanded later", []);

                // Not held yet: the list is asked once more when it is expanded, and would hold it again.
                Emit(at.Address, reprocess.Name, reprocess.OfficialHost, branch with { Path = below.Path });
                return;
            }

            Members(at, hit, branch, below);
        }

        private void Members(RewriteResult.Success at, AliasHit hit, Branch branch, Branch below)
        {
            AliasDefinition alias = hit.Definition;
            ImmutableArray<AliasTarget> targets = _snapshot.Aliases.TargetsOf(alias, out string? unreadable);
            if (unreadable is not null)
            {
                Note(alias.Key, alias, unreadable, []);
                Fail(at, branch, new ExpansionFault(451, new EnhancedCode(4, 3, 0), "alias cannot be expanded now"));
                return;
            }

            if (targets.IsEmpty)
            {
                Empty(at, alias, branch with { Path = below.Path });
                return;
            }

            if (ListPath.Concerns(alias)) below = below with { Lists = new ListPath(branch.Lists, alias, at.Address, branch.From) };
            ImmutableArray<(AliasTarget Target, Mailbox Address)> members = [.. targets.Select(t => (t, t.For(hit.Subaddress)))];
            Note(AliasKey.Of(at.Address), alias, alias.IsList ? "list" : "alias", [.. members.Select(m => m.Address.ToString())]);
            below = NotifyBelow(alias, at.Address, members.Length, branch, below);
            foreach ((AliasTarget target, Mailbox address) in members)
            {
                Branch member = target.IsHidden ? below with { ShownAs = branch.ShownAs ?? at.Address.ToString() } : below;
                if (alias.Parameters.Sender is { } sender)
                    member = member with { From = sender.For(Full(address), branch.From), Owner = sender.Plain?.ToString() ?? branch.Owner, Original = Full(address) };
                Follow(address, member);
            }
        }

        /// <summary>RFC 3461 §5.2.7: who asked to hear of success hears of it here where the message goes to several or to a list.</summary>
        private Branch NotifyBelow(AliasDefinition alias, Mailbox address, int members, Branch branch, Branch below)
        {
            bool wantsSuccess = branch.Notify.HasFlag(Notify.Success);
            if (!alias.IsList && (members == 1 || !wantsSuccess)) return below;
            if (wantsSuccess)
            {
                ExpansionNoticeKind kind = alias.IsList ? ExpansionNoticeKind.Delivered : ExpansionNoticeKind.Expanded;
                _notices.Add(new ExpansionNotice(kind, address, branch.OriginalRecipient, branch.From));
            }

            if (alias.IsList) return below with { Notify = alias.Parameters.TellsDelays ? Notify.Failure | Notify.Delay : Notify.Failure, OriginalRecipient = null };
            Notify rest = branch.Notify & ~Notify.Success;
            return below with { Notify = rest == Notify.None ? Notify.Never : rest };
        }

        /// <summary>Rewrites a target and visits where it leads. A bare one belongs to this MTA.</summary>
        private void Follow(Mailbox target, Branch branch)
        {
            if (IsExhausted) return;
            RewriteResult rewritten = owner.Rewriter.Rewrite(target, context);
            _steps.AddRange(rewritten.Steps);
            if (rewritten is RewriteResult.Success success) Visit(success, branch);
            else if (rewritten is RewriteResult.Failure failure)
                _faults.Add((target, branch, new ExpansionFault(failure.IsTransient ? 450 : 550, failure.Status, failure.Text)));
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
            if (rewritten is RewriteResult.Success success && success.Channel.Name != _snapshot.Channels.Local.Name)
                Emit(success.Address, success.Channel.Name, success.Host, branch);
            else
                Fail(at, branch, new ExpansionFault(451, new EnhancedCode(4, 3, 5), "mailbox cannot be routed"));
        }

        /// <summary>Mail to a list without members is accepted and dropped, unless <c>emptylist=reject</c> says otherwise.</summary>
        private void Empty(RewriteResult.Success at, AliasDefinition alias, Branch branch)
        {
            Note(alias.Key, alias, "empty list", []);
            if (_snapshot.Options.EmptyListReject || _snapshot.Channels.FindByName(Bitbucket) is not { } bitbucket)
                Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 1, 6), "list has no members"));
            else
                Emit(at.Address, bitbucket.Name, bitbucket.OfficialHost, branch);
        }

        private void Unknown(RewriteResult.Success at, Branch branch)
        {
            Note(AliasKey.Of(at.Address), null, "no alias and no account", []);
            Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 1, 1), "unknown or illegal alias"));
        }

        private void Emit(Mailbox address, ChannelName channel, string host, Branch branch)
        {
            string text = address.ToString();
            string folded = address.Domain is { } domain ? $"{address with { Domain = null }}@{domain.Key}" : text;
            if (!_seen.TryAdd((channel, folded, branch.From, branch.Lists), _recipients.Count))
            {
                int first = _seen[(channel, folded, branch.From, branch.Lists)];
                _recipients[first] = _recipients[first] with { Notify = NotifyUnion.Of(_recipients[first].Notify, branch.Notify) };
                return;
            }

            string name = branch.Original.ToString();
            _recipients.Add(new ExpandedRecipient(
                text,
                channel,
                host,
                branch.From,
                branch.OriginalRecipient ?? (name == text ? null : $"rfc822;{name}"),
                branch.IsOurs,
                branch.Notify,
                branch.ShownAs,
                branch.HoldReason,
                branch.Lists));
        }

        private void Postpone(Mailbox member, Branch branch, ExpansionFault fault)
        {
            if (_snapshot.Channels.FindByName(Reprocess) is not { } reprocess)
            {
                Note(member.ToString(), null, $"member dropped: {fault.Text}", []);
                return;
            }

            Note(member.ToString(), null, $"member to be notified about: {fault.Text}", []);
            Emit(member, reprocess.Name, reprocess.OfficialHost, branch with { Original = member, HoldReason = null });
        }

        private void Fail(RewriteResult.Success at, Branch branch, ExpansionFault fault) => _faults.Add((at.Address, branch, fault));

        private Mailbox Full(Mailbox member) =>
            member.Domain is null ? member with { Domain = new MailDomain.Name(_snapshot.DefaultDomain, _snapshot.DefaultDomain) } : member;

        private void Note(string key, AliasDefinition? alias, string outcome, ImmutableArray<string> targets) =>
            _steps.Add(new ExplanationStep.Alias(key, alias?.Position, outcome, targets));
    }
}
