using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Rewriting;

/// <summary>
/// Rewrites an address and finds its channel (Administration Guide 6.3, 11.5; Technical Reference, "Application of rewrite rules to
/// addresses").
/// Idea: take the first host of the address and scan the rules with ever wider probes of it. A rule <c>A%B</c> starts the scan again
/// with host B; any other ends it with a routing host, which the channel table turns into a channel. If that channel is local
/// (or has <c>routelocal</c>), the host has done its work: it is stripped and the rest of the address is taken on, the rewritten form
/// thrown away. INVARIANT: each round of the outer loop takes a host away from the address, and the inner scan starts at most
/// <see cref="MaximumRepeats"/> times anew, so rewriting ends for every address and every set of rules.
/// Cost: at most two look-ups a label of the host, whatever the number of rules.
/// </summary>
/// <param name="random">0 &lt;= x &lt; 1, for entries of mapping tables that apply with a probability (<c>$?x?</c>).</param>
public sealed class Rewriter(ConfigurationSnapshot snapshot, Func<double>? random = null)
{
    /// <summary>Repeats by <c>A%B</c> rules for one address; more is a loop in the rules.</summary>
    public const int MaximumRepeats = 20;

    private static readonly EnhancedCode NoSuchRecipientHost = new(5, 1, 2);
    private static readonly EnhancedCode NoSuchSenderHost = new(5, 1, 8);

    /// <summary>A table that a rule asks cannot answer now: never "the rule does not apply".</summary>
    private static readonly FailureText CannotTell = new("temporary lookup failure", new EnhancedCode(4, 3, 0));

    private readonly Func<double> _random = random ?? Random.Shared.NextDouble;

    /// <param name="answers">what is known of the callouts of the mapping tables that rules ask; null is nothing.</param>
    public RewriteResult Rewrite(Mailbox address, RewriteContext context, CalloutAnswers? answers = null) =>
        Rewrite(address, context, new Inquiry(answers ?? CalloutAnswers.Empty, _random));

    internal RewriteResult Rewrite(Mailbox address, RewriteContext context, Inquiry inquiry)
    {
        Walk walk = new(snapshot, inquiry, context);
        return walk.Run(Complete(address, context));
    }

    /// <summary>
    /// A bare local part gets a domain: <c>defaulthost</c> of the source channel, else the name of this MTA. One with <c>%</c> or <c>!</c> names
    /// its host itself, and so may a quoted one.
    /// </summary>
    private Mailbox Complete(Mailbox address, RewriteContext context)
    {
        if (address.Domain is not null || !address.Route.IsEmpty || FirstHost.Of(Walk.Reread(address), bangOverPercent: false) is not null) return address;
        ChannelDefinition? source = snapshot.Channels.FindByName(context.SourceChannel);
        string? host = context.IsRecipient ? source?.DefaultHostRecipients : source?.DefaultHost;
        return host is null ? address : address with { Domain = HostText.Domain(host) };
    }

    private sealed class Walk(ConfigurationSnapshot snapshot, Inquiry inquiry, RewriteContext context)
    {
        private readonly ChannelTable _channels = snapshot.Channels;
        private readonly bool _bangOverPercent = snapshot.Channels.FindByName(context.SourceChannel)?.BangOverPercent ?? false;
        private readonly List<ExplanationStep> _steps = [];
        private readonly List<ExplanationStep.Rule> _rules = [];
        private string _tag = "";
        private FailureText? _failure;
        private int _repeats;
        private bool _undecided;

        public RewriteResult Run(Mailbox input)
        {
            Mailbox address = input;
            while (true)
            {
                if (FirstHost.Of(address, _bangOverPercent) is not { } first)
                {
                    Mailbox reread = Reread(address);
                    if (FirstHost.Of(reread, _bangOverPercent) is not null)
                    {
                        address = reread;
                        continue;
                    }

                    return AtLocalHost(input, address);
                }

                Scanned scanned = Scan(address, first);
                if (_undecided) return Fail(input, CannotTell);
                if (scanned.LoopsForever) return Fail(input, new FailureText("rewrite rules loop", new EnhancedCode(5, 4, 6)));
                ChannelDefinition? channel = _channels.FindByHost(HostText.Domain(scanned.RoutingHost).Key);
                if (channel is null && first.Location is HostLocation.Percent or HostLocation.Bang)
                {
                    Scanned? last = FallBack(address, first, scanned);
                    if (_undecided) return Fail(input, CannotTell);
                    if (last is not null && _channels.FindByHost(HostText.Domain(last.RoutingHost).Key) is { } found)
                        (scanned, channel) = (last, found);
                    else
                        return AtLocalHost(input, address);
                }

                if (channel is null) return Fail(input, _failure);
                if (channel.Name == _channels.Local.Name || channel.RouteLocal)
                {
                    Mailbox rest = Reread(first.Rest(address));
                    if (FirstHost.Of(rest, _bangOverPercent) is not null)
                    {
                        address = rest;
                        continue;
                    }

                    // "@us:user": the domain is supplied only now that the route is gone.
                    if (first.Location == HostLocation.Route) return AtLocalHost(input, rest);
                }

                return Finish(input, address, first, scanned, channel);
            }
        }

        /// <summary>
        /// A quoted local part is opaque while a domain stands behind it. Once that is gone its content is read as an address of its own, if it
        /// is one that names a host; this happens once for each domain stripped, so quotes inside quotes stay text.
        /// </summary>
        public static Mailbox Reread(Mailbox address)
        {
            if (!address.Route.IsEmpty || address.Domain is not null || !address.Local.WasQuoted) return address;
            return AddressParser.Parse(address.Local.Value, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var inner } ? inner : address;
        }

        private Scanned Scan(Mailbox address, FirstHost first)
        {
            MailDomain host = first.Host;
            string user = first.User;
            bool isFirstPass = true;
            while (true)
            {
                if (ScanOnce(address, first, host, user, isFirstPass) is not { } outcome) return Scanned.AsIs(user, host);
                if (outcome.Separators.Length == 0) return Scanned.AsIs(user, host);
                if (!outcome.Repeats) return new Scanned(outcome.User, HostText.Domain(outcome.Host), outcome.RoutingHost, outcome.InsertedRoute);
                user = outcome.User;
                host = HostText.Domain(outcome.Host);
                isFirstPass = false;
                if (++_repeats > MaximumRepeats) return Scanned.Loop;
            }
        }

        /// <returns>null when no rule applies or the channel table knows the host.</returns>
        private RuleOutcome? ScanOnce(Mailbox address, FirstHost first, MailDomain host, string user, bool isFirstPass)
        {
            HostProbes probes = new(host);
            Span<char> buffer = _tag.Length + probes.LongestProbe <= 512 ? stackalloc char[512] : new char[_tag.Length + probes.LongestProbe];
            _tag.AsSpan().ToLowerInvariant(buffer);
            for (int i = isFirstPass ? 0 : 1; i < probes.Count; i++)
            {
                HostMatch match = probes.Write(i, buffer[_tag.Length..], out int length);
                if (match.Kind == HostMatchKind.ChannelTable)
                {
                    // A tag looks for rules of its own; the table has no tagged names.
                    if (_tag.Length == 0 && _channels.FindByHost(host.Key) is not null) return null;
                    continue;
                }

                foreach (RewriteRule rule in snapshot.Rules.Find(buffer[..(_tag.Length + length)]))
                {
                    if (Try(rule, address, first, match, user) is { } outcome) return outcome;
                    if (_undecided) return null;
                }
            }

            return null;
        }

        private RuleOutcome? Try(RewriteRule rule, Mailbox address, FirstHost first, HostMatch match, string user)
        {
            RuleApplication application = new(snapshot, inquiry, context, first, match, user, address, _steps);
            RuleOutcome outcome = application.Apply(rule.Template);
            _undecided |= application.Undecided;
            _rules.Add(new ExplanationStep.Rule(rule.Position, rule.Text, outcome.ToString()));
            if (!outcome.Applies) return null;
            _failure = outcome.Failure ?? _failure;
            _tag = outcome.Tag ?? _tag;
            return outcome;
        }

        /// <summary><c>$%</c> and <c>$!</c>: the last chance of a local part that names a host nobody knows.</summary>
        private Scanned? FallBack(Mailbox address, FirstHost first, Scanned scanned)
        {
            string pattern = _tag.ToLowerInvariant() + (first.Location == HostLocation.Percent ? "$%" : "$!");
            HostMatch match = new(scanned.Host, HostMatchKind.Any, 0);
            foreach (RewriteRule rule in snapshot.Rules.Find(pattern))
            {
                if (Try(rule, address, first, match, scanned.User) is { Separators.Length: > 0, Repeats: false } outcome)
                    return new Scanned(outcome.User, HostText.Domain(outcome.Host), outcome.RoutingHost, outcome.InsertedRoute);
                if (_undecided) return null;
            }

            return null;
        }

        private RewriteResult.Success Finish(Mailbox input, Mailbox address, FirstHost first, Scanned scanned, ChannelDefinition channel)
        {
            MailDomain domain = scanned.Host;

            // An additional host of a channel is a name for its proper one, but only recipients say so.
            if (context.IsRecipient && _channels.FindHost(domain.Key) is { } host && !host.ProperName.Equals(host.Name, StringComparison.OrdinalIgnoreCase))
                domain = HostText.Domain(host.ProperName);
            Mailbox result = first.Location switch
            {
                HostLocation.Route => address with { Route = address.Route.SetItem(0, domain) },
                HostLocation.At when scanned.User == first.User => address with { Domain = domain },
                _ => new Mailbox(new LocalPart(scanned.User, WasQuoted: false), domain),
            };
            if (scanned.InsertedRoute is { } route) result = result with { Route = result.Route.Insert(0, HostText.Domain(route)) };
            if (context.IsRecipient && channel.EnqueueRemoveRoute) result = result with { Route = [] };
            return Succeed(input, result, channel, scanned.RoutingHost);
        }

        private RewriteResult.Success AtLocalHost(Mailbox input, Mailbox address)
        {
            string host = _channels.Local.OfficialHost;
            return Succeed(input, address with { Domain = HostText.Domain(host) }, _channels.Local, host);
        }

        private RewriteResult.Success Succeed(Mailbox input, Mailbox result, ChannelDefinition channel, string host)
        {
            _steps.Add(new ExplanationStep.Rewrite(input.ToString(), result.ToString(), channel.Name.ToString(), host, [.. _rules], null));
            return new RewriteResult.Success(result, channel, host, [.. _steps]);
        }

        private RewriteResult.Failure Fail(Mailbox input, FailureText? failure)
        {
            EnhancedCode status = failure?.Code ?? (context is { Envelope: true, Forward: false } ? NoSuchSenderHost : NoSuchRecipientHost);
            string text = failure?.Text ?? "illegal host/domain specified";
            _steps.Add(new ExplanationStep.Rewrite(input.ToString(), input.ToString(), null, null, [.. _rules], text));
            return new RewriteResult.Failure(status, status.Class == 4, text, [.. _steps]) { Pending = inquiry.Pending };
        }

        /// <summary>What scanning one host gave.</summary>
        private sealed record Scanned(string User, MailDomain Host, string RoutingHost, string? InsertedRoute, bool LoopsForever = false)
        {
            public static Scanned Loop { get; } = new("", new MailDomain.Name("", ""), "", null, LoopsForever: true);

            /// <summary>No rule applied: the host stands for itself and is its own routing host.</summary>
            public static Scanned AsIs(string user, MailDomain host) => new(user, host, host.Text, null);
        }
    }
}
