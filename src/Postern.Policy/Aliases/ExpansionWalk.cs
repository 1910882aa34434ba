using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Directories;
using Postern.Policy.Rewriting;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;
using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

/// <summary>One expansion under way: what it has found so far, and the methods that go down the tree of aliases.</summary>
/// <param name="cameByAlias">as in <see cref="Expansion.Expand"/>.</param>
internal sealed partial class ExpansionWalk(Expansion rules, Poster poster, RewriteContext context, Inquiry inquiry, bool cameByAlias)
{
    private static readonly ChannelName Reprocess = new("reprocess");
    private static readonly ChannelName Store = new("ims-ms");
    private static readonly ChannelName Bitbucket = new("bitbucket");

    private readonly ConfigurationSnapshot _snapshot = rules.Snapshot;
    private readonly List<ExpandedRecipient> _recipients = [];
    private readonly Dictionary<(ChannelName, string, string, ListPath?), int> _seen = [];
    private readonly List<(Mailbox Member, ExpansionBranch Branch, ExpansionFault Fault)> _faults = [];
    private readonly List<ExpansionNotice> _notices = [];
    private readonly ImmutableArray<ExplanationStep>.Builder _steps = ImmutableArray.CreateBuilder<ExplanationStep>();
    private int _visits;

    /// <summary>Aliases that name each other many times over reach few recipients by very many ways.</summary>
    private bool IsExhausted => _visits > 2L * _snapshot.Options.MaximumExpandedRecipients;

    public ExpansionResult Finish()
    {
        ExpansionFault? refusal = _faults.Select(f => f.Fault).FirstOrDefault(f => f.IsTransient && !f.WaitsAlone);
        if (refusal is null && _recipients.Count == 0 && !IsExhausted) refusal = _faults[0].Fault;
        if (refusal is null && (IsExhausted || _recipients.Count + poster.Terms.Recipients > _snapshot.Options.MaximumExpandedRecipients))
            refusal = new ExpansionFault(452, new EnhancedCode(4, 5, 3), "too many recipients after expansion");
        if (refusal is not null) return new ExpansionResult([], refusal, _steps.ToImmutable(), []);
        foreach ((Mailbox member, ExpansionBranch branch, ExpansionFault fault) in _faults) Postpone(member, branch, fault);
        return new ExpansionResult([.. _recipients], null, _steps.ToImmutable(), [.. _notices]);
    }

    public void Visit(RewriteResult.Success at, ExpansionBranch branch)
    {
        _visits++;
        if (IsExhausted) return;
        bool isLocal = at.Channel.Name == _snapshot.Channels.Local.Name;
        bool isLookedUp = isLocal || at.Channel.AliasLocal;
        DirectoryRecipient? self = null;
        bool directoryLast = _snapshot.Options.Directory.AfterAliases;
        if (isLookedUp && !directoryLast && AskDirectory(at, branch, out self)) return;
        AliasHit? hit = isLookedUp ? rules.Lookup.FindAlias(at.Address, at.Channel.Subaddress) : null;
        if (hit is not null && !branch.IsForwarded && branch.Path is [.., var parent] && ReferenceEquals(parent, hit.Definition))
            hit = null;
        if (hit is not null) Descend(at, hit, branch);
        else if (isLookedUp && directoryLast && AskDirectory(at, branch, out self)) return;
        else if (!Forward(ref at, ref branch)) Leave(at, branch, isLocal, self);
    }

    /// <summary>Nothing more is to be looked up: an account, another channel, or nobody.</summary>
    /// <param name="self">the entry of the directory whose own target the address is.</param>
    private void Leave(RewriteResult.Success at, ExpansionBranch branch, bool isLocal, DirectoryRecipient? self)
    {
        bool mayBeAccount = isLocal || at.Channel.AliasLocal;
        if (mayBeAccount && rules.Lookup.FindUser(at.Address, out string subaddress) is { } user)
        {
            Account(at, user, subaddress, branch);
            return;
        }

        if (self is not null)
        {
            OwnMailbox(at, self, branch);
            return;
        }

        // Held mail need not have an account yet; when it is released, it does or is returned.
        if (isLocal && branch.HoldReason is not null && _snapshot.Channels.FindByName(Reprocess) is { } reprocess) Emit(at.Address, reprocess.Name, reprocess.OfficialHost, branch);
        else if (at.Channel.ViaAliasRequired && (isLocal || !(branch.IsOurs || cameByAlias))) Unknown(at, branch);
        else Emit(at.Address, at.Channel.Name, at.Host, branch);
    }

    /// <returns>true when the branch goes on, or ends, elsewhere.</returns>
    private bool Forward(ref RewriteResult.Success at, ref ExpansionBranch branch)
    {
        if (branch.SkipsForward || rules.Forwarding.IsIdle) return false;
        ForwardAnswer answer = rules.Forwarding.Ask(at.Address, branch.From, poster.Facts, branch.Notify, inquiry);
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

        if (branch.Restarts >= Expansion.MostRestarts)
        {
            Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 4, 6), "forwarding loop"));
            return true;
        }

        Follow(address, branch with { Restarts = branch.Restarts + 1, IsForwarded = true, SkipsForward = answer.IsFinal });
        return true;
    }

    /// <summary>Rewrites a target and visits where it leads. A bare one belongs to this MTA.</summary>
    private void Follow(Mailbox target, ExpansionBranch branch)
    {
        if (IsExhausted) return;
        RewriteResult rewritten = rules.Rewriter.Rewrite(target, context, inquiry);
        _steps.AddRange(rewritten.Steps);
        if (rewritten is RewriteResult.Success success) Visit(success, branch);
        else if (rewritten is RewriteResult.Failure failure)
            _faults.Add((target, branch, new ExpansionFault(failure.IsTransient ? 450 : 550, failure.Status, failure.Text)));
    }

    private void Account(RewriteResult.Success at, UserEntry user, string subaddress, ExpansionBranch branch)
    {
        string domain = user.DomainKey == _snapshot.DefaultDomain ? "" : $"%{user.DomainKey}";
        string host = _snapshot.Channels.FindByName(Store)?.OfficialHost ?? "ims-ms-daemon";
        LocalPart local = new($"{user.LocalPart}{subaddress}{domain}", WasQuoted: false);
        Mailbox mailbox = new(local, new MailDomain.Name(host, host.ToLowerInvariant()));
        _steps.Add(new ExplanationStep.Alias(AliasKey.Of(at.Address), user.Position, "account", [mailbox.ToString()]));
        Deliver(at, mailbox, branch);
    }

    /// <summary>An account is the end of the walk: if the store's name led back here, that would be a fault of the rules.</summary>
    private void Deliver(RewriteResult.Success at, Mailbox mailbox, ExpansionBranch branch)
    {
        RewriteResult rewritten = rules.Rewriter.Rewrite(mailbox, context, inquiry);
        _steps.AddRange(rewritten.Steps);
        if (rewritten is RewriteResult.Success success && success.Channel.Name != _snapshot.Channels.Local.Name)
            Emit(success.Address, success.Channel.Name, success.Host, branch);
        else
            Fail(at, branch, new ExpansionFault(451, new EnhancedCode(4, 3, 5), "mailbox cannot be routed"));
    }

    private void Unknown(RewriteResult.Success at, ExpansionBranch branch)
    {
        Note(AliasKey.Of(at.Address), null, "no alias and no account", []);
        Fail(at, branch, new ExpansionFault(550, new EnhancedCode(5, 1, 1), "unknown or illegal alias"));
    }

    private void Emit(Mailbox address, ChannelName channel, string host, ExpansionBranch branch)
    {
        string text = address.CanonicalText;
        string folded = address.Domain is { } domain ? $"{address with { Domain = null }}@{domain.Key}" : text;
        if (!_seen.TryAdd((channel, folded, branch.From, branch.Lists), _recipients.Count))
        {
            int first = _seen[(channel, folded, branch.From, branch.Lists)];
            _recipients[first] = _recipients[first] with { Notify = NotifyUnion.Of(_recipients[first].Notify, branch.Notify) };
            return;
        }

        string name = branch.Original.CanonicalText;
        _recipients.Add(new ExpandedRecipient(
            text,
            channel,
            host,
            branch.From,
            branch.OriginalRecipient ?? (name == text ? null : OriginalRecipientText.Of(name)),
            branch.IsOurs,
            branch.Notify,
            branch.ShownAs,
            branch.HoldReason,
            branch.Lists));
    }

    private void Postpone(Mailbox member, ExpansionBranch branch, ExpansionFault fault)
    {
        if (_snapshot.Channels.FindByName(Reprocess) is not { } reprocess)
        {
            Note(member.ToString(), null, $"member dropped: {fault.Text}", []);
            return;
        }

        Note(member.ToString(), null, $"member to be notified about: {fault.Text}", []);
        Emit(member, reprocess.Name, reprocess.OfficialHost, branch with { Original = member, HoldReason = null });
    }

    private void Fail(RewriteResult.Success at, ExpansionBranch branch, ExpansionFault fault) => _faults.Add((at.Address, branch, fault));

    private Mailbox Full(Mailbox member) =>
        member.Domain is null ? member with { Domain = new MailDomain.Name(_snapshot.DefaultDomain, _snapshot.DefaultDomain) } : member;

    private void Note(string key, AliasDefinition? alias, string outcome, ImmutableArray<string> targets) =>
        _steps.Add(new ExplanationStep.Alias(key, alias?.Position, outcome, targets));
}
