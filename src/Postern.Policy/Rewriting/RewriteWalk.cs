using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Tables;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Rewriting;

// Rewrites an address and finds its channel (Administration Guide 6.3, 11.5; Technical Reference, "Application of rewrite rules
// to addresses").
//
// Idea: take the first host of the address and scan the rules with ever wider probes of it. A rule A%B starts the scan again with
// host B; any other ends it with a routing host, which the channel table turns into a channel. If that channel is local (or has
// "routelocal"), the host has done its work: it is stripped and the rest of the address is taken on, the rewritten form thrown
// away. So every way of hiding a recipient behind our own name ends at that recipient.
//
// INVARIANT: each round of the outer loop takes a host or a pair of quotes away from the address, except the one that completes a
// bare local part, after which none is bare; scans start at most MaximumRepeats times anew, fields have a greatest length and
// tables are asked MaximumLookups times. So rewriting ends for every address and every set of rules.
//
// Cost: at most two look-ups a label of the host, whatever the number of rules.
//
// BUGS: the domain database, probed behind the rules in the ancestor, is not there.

/// <summary>One rewriting of one address.</summary>
internal sealed class RewriteWalk(Rewriter rewriter, Mailbox input, RewriteContext context, Inquiry inquiry)
{
    /// <summary>Repeats by <c>A%B</c> rules for one address; more is a loop in the rules.</summary>
    public const int MaximumRepeats = 20;

    /// <summary>Questions to mapping tables and the general text for one address.</summary>
    public const int MaximumLookups = 100;

    private const int StackBuffer = 512;

    private static readonly EnhancedCode NoSuchRecipientHost = new(5, 1, 2);
    private static readonly EnhancedCode NoSuchSenderHost = new(5, 1, 8);
    private static readonly EnhancedCode TemporaryFailure = new(4, 3, 0);

    private readonly ChannelTable _channels = rewriter.Snapshot.Channels;
    private readonly ChannelDefinition? _source = rewriter.Snapshot.Channels.FindByName(context.SourceChannel);
    private readonly List<ExplanationStep> _steps = [];
    private readonly List<ExplanationStep.Rule> _rules = [];
    private string _tag = "";
    private FailureText? _failure;
    private bool _directoryFailed;
    private int _repeats;
    private int _lookups;

    public ConfigurationSnapshot Snapshot => rewriter.Snapshot;

    public RewriteContext Context => context;

    public Inquiry Inquiry => inquiry;

    public Func<double> Random => rewriter.Random;

    public RewriteTemplate DomainFailure => rewriter.DomainFailure;

    private bool BangOverPercent => _source?.BangOverPercent ?? false;

    /// <summary>Whether <c>$M $N</c> (<c>$Q $C</c>) are honoured for the channel.</summary>
    public bool HasRules(ChannelName channel) => _channels.FindByName(channel)?.Rules ?? true;

    public bool? IsLocalDomain(string domainKey) => rewriter.IsLocalDomain(domainKey, inquiry);

    public bool TryCountLookup() => ++_lookups <= MaximumLookups;

    /// <summary>Asks the world outside for a rule; null while there is no answer.</summary>
    public CalloutAnswer? Ask(Callout callout)
    {
        CalloutAnswer? answer = inquiry.Ask(ref callout);
        _steps.Add(ExplanationStep.Callout.Of(callout, answer));
        return answer;
    }

    public TableAnswer Map(MappingTable table, string probe)
    {
        TableAnswer answer = inquiry.Ask(Snapshot.Mappings, table, probe, InputFlags.None, silenceFailsEntry: false);
        _steps.AddRange(answer.Steps(decides: false));
        return answer;
    }

    public RewriteResult Run()
    {
        Mailbox address = input;
        while (true)
        {
            if (FirstHost.Of(address, BangOverPercent) is not { } first)
            {
                Mailbox reread = Reread(address);
                if (FirstHost.Of(reread, BangOverPercent) is not null)
                    address = reread;
                else if (Completion(address.Local) is { } domain)
                    address = address with { Domain = domain };
                else
                    return AtLocalHost(address);
                continue;
            }

            if (Route(address, first, out Routing routing) is { } ended) return ended;
            if (routing.Channel.Name == _channels.Local.Name || routing.Channel.RouteLocal)
            {
                Mailbox rest = Reread(first.Rest(address));

                // "@us:user": the domain is supplied only now that the route is gone.
                if (first.Location == HostLocation.Route || FirstHost.Of(rest, BangOverPercent) is not null)
                {
                    address = rest;
                    continue;
                }
            }

            return Finish(address, first, routing);
        }
    }

    /// <summary>
    /// A quoted local part is opaque while a domain stands behind it. Once that is gone its content is read as an address of its own, if it
    /// is one that names a host; this happens once for each domain stripped, so quotes inside quotes stay text.
    /// </summary>
    private static Mailbox Reread(Mailbox address)
    {
        if (!address.Route.IsEmpty || address.Domain is not null || !address.Local.WasQuoted) return address;
        return AddressParser.Parse(address.Local.Value, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var inner } ? inner : address;
    }

    /// <summary>The domain of a bare local part (Administration Guide 6.3, 12.6.5), or null for the name of this MTA. Our postmaster is never sent away (RFC 5321 §4.5.1).</summary>
    private MailDomain? Completion(LocalPart local)
    {
        string? host = context.IsRecipient
            ? local.Value.Equals("postmaster", StringComparison.OrdinalIgnoreCase) ? null : _source?.DefaultHostRecipients
            : _source?.DefaultHost ?? (_source is { RemoteHost: true } ? context.ClientHost : null);
        return host is not null && HostText.Parse(host) is { } domain && domain.Key != ChannelTable.KeyOf(_channels.Local.OfficialHost) ? domain : null;
    }

    /// <summary>Finds the channel of the address's first host.</summary>
    /// <returns>null when it was found, else the end of the rewriting.</returns>
    private RewriteResult? Route(Mailbox address, FirstHost first, out Routing routing)
    {
        routing = default;
        MailDomain host = first.Host;
        string user = first.User;
        bool isFirstPass = true, isLastTry = false;
        while (true)
        {
            RuleOutcome? outcome = isLastTry ? LastTry(address, first, host, user) : Scan(address, first, host, user, isFirstPass);
            if (outcome is { CannotTell: true }) return CannotTell();
            if (outcome is { Repeats: true })
            {
                (user, host) = (outcome.User, HostText.Domain(outcome.Host));
                (isFirstPass, isLastTry) = (false, false);
                if (++_repeats > MaximumRepeats) return Fail(new FailureText("rewrite rules loop", new EnhancedCode(5, 4, 6)));
                continue;
            }

            if (!isLastTry || outcome is not null)
            {
                routing = outcome is null or { KeepsHost: true }
                    ? new Routing(user, host, null, _channels.FindByHost(host.Key)!, host.Text)
                    : new Routing(outcome.User, HostText.Domain(outcome.Host), outcome.InsertedRoute, _channels.FindByHost(HostText.Domain(outcome.RoutingHost).Key)!, outcome.RoutingHost);
                if (routing.Channel is not null) return null;
            }

            // A host beside a percent sign or an exclamation mark that nobody knows was none: the whole is a name of ours.
            if (_directoryFailed || first.Location is not (HostLocation.Percent or HostLocation.Bang)) return Fail(_failure);
            if (isLastTry) return AtLocalHost(address);
            isLastTry = true;
        }
    }

    /// <returns>null when no rule applies or the channel table knows the host.</returns>
    private RuleOutcome? Scan(Mailbox address, FirstHost first, MailDomain host, string user, bool isFirstPass)
    {
        HostProbes probes = new(host);
        int length = _tag.Length + probes.LongestProbe;
        Span<char> buffer = length <= StackBuffer ? stackalloc char[StackBuffer] : new char[length];
        _tag.AsSpan().ToLowerInvariant(buffer);
        for (int i = isFirstPass ? 0 : 1; i < probes.Count; i++)
        {
            HostMatch match = probes.Write(i, buffer[_tag.Length..], out int written);
            if (match.Kind == HostMatchKind.ChannelTable)
            {
                // A tag looks for rules of its own; the table has no tagged names.
                if (_tag.Length == 0 && _channels.FindByHost(host.Key) is not null) return null;
                continue;
            }

            if (TryAll(Snapshot.Rules.Find(buffer[..(_tag.Length + written)]), address, first, host, match, user) is { } outcome) return outcome;
        }

        return null;
    }

    /// <summary><c>$%</c> and <c>$!</c>: the last chance of a local part that names a host nobody knows.</summary>
    private RuleOutcome? LastTry(Mailbox address, FirstHost first, MailDomain host, string user)
    {
        string pattern = _tag.ToLowerInvariant() + (first.Location == HostLocation.Percent ? "$%" : "$!");
        return TryAll(Snapshot.Rules.Find(pattern), address, first, host, new HostMatch(host, HostMatchKind.Any, 0), user);
    }

    /// <returns>the outcome of the first rule that applies, or of one of which that cannot be told; else null.</returns>
    private RuleOutcome? TryAll(ImmutableArray<RewriteRule> rules, Mailbox address, FirstHost first, MailDomain host, HostMatch match, string user)
    {
        foreach (RewriteRule rule in rules)
        {
            RuleOutcome outcome = new RuleApplication(this, first, match, user, host, address).Apply(rule.Template);
            _rules.Add(new ExplanationStep.Rule(rule.Position, rule.Text, outcome.ToString(), outcome.Applies, host.Text));
            if (outcome.CannotTell) return outcome;
            if (!outcome.Applies) continue;
            _failure = outcome.Failure ?? _failure;
            _tag = outcome.Tag ?? _tag;
            _directoryFailed |= outcome.DirectoryFailed;
            return outcome;
        }

        return null;
    }

    private RewriteResult.Success Finish(Mailbox address, FirstHost first, Routing routing)
    {
        MailDomain domain = routing.Host;

        // A recipient at a further name of the channel is known to it under the proper one (PMDF System Manager's Guide 2.3).
        if (context.IsRecipient && _channels.FindHost(domain.Key) is { } host && host.Channel.Name == routing.Channel.Name
            && !host.ProperName.Equals(host.Name, StringComparison.OrdinalIgnoreCase))
        {
            domain = HostText.Domain(host.ProperName);
        }

        Mailbox result = first.Location switch
        {
            HostLocation.Route => address with { Route = address.Route.SetItem(0, domain) },
            HostLocation.At when routing.User == first.User => address with { Domain = domain },
            _ => new Mailbox(new LocalPart(routing.User, WasQuoted: false), domain),
        };
        if (routing.InsertedRoute is { } route) result = result with { Route = result.Route.Insert(0, HostText.Domain(route)) };
        if (context.IsRecipient && routing.Channel.EnqueueRemoveRoute) result = result with { Route = [] };
        return Succeed(result, routing.Channel, routing.RoutingHost);
    }

    private RewriteResult.Success AtLocalHost(Mailbox address)
    {
        string host = _channels.Local.OfficialHost;
        return Succeed(address with { Domain = HostText.Domain(host) }, _channels.Local, host);
    }

    private RewriteResult.Success Succeed(Mailbox result, ChannelDefinition channel, string host)
    {
        string before = input.ToString(), after = result.ToString();
        _steps.Add(new ExplanationStep.Rewrite(before, after, channel.Name.ToString(), host, [.. _rules], null));
        if (after != before && AddressParser.Parse(after, smtpUtf8: true) is AddressParse.Invalid { Reason: var reason })
            _steps.Add(new ExplanationStep.Note($"the rewritten \"{after}\" is no address: {reason}"));
        return new RewriteResult.Success(result, channel, host, [.. _steps]);
    }

    private RewriteResult.Failure Fail(FailureText? failure)
    {
        EnhancedCode status = failure?.Code ?? (context is { Envelope: true, Forward: false } ? NoSuchSenderHost : NoSuchRecipientHost);
        return Failed(status, failure?.Text ?? "illegal host/domain specified");
    }

    /// <summary>A table that cannot answer is never a "no": its rule may be the one that decides.</summary>
    private RewriteResult.Failure CannotTell() => Failed(TemporaryFailure, "temporary lookup failure") with { Pending = inquiry.Pending };

    private RewriteResult.Failure Failed(EnhancedCode status, string text)
    {
        _steps.Add(new ExplanationStep.Rewrite(input.ToString(), input.ToString(), null, null, [.. _rules], text));
        return new RewriteResult.Failure(status, status.Class == 4, text, [.. _steps]);
    }

    private readonly record struct Routing(string User, MailDomain Host, string? InsertedRoute, ChannelDefinition Channel, string RoutingHost);
}
