using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Access;

/// <summary>
/// What a stranger's recipient may reach under the initial configuration. The rule, for one RCPT from a client that the source channel
/// <c>tcp_local</c> stands for:
/// <list type="number">
/// <item>The channel that the address <em>itself</em> names - the first rewriting, before aliases - is, in a permitted decision, <c>l</c>
/// or <c>tcp_intranet</c>. So it is never a channel that only the MTA may address (native, hold, pipe, ims-ms, LMTP, process, reprocess,
/// conversion, defragment, bitbucket, filter_discard), nor tcp_auth or tcp_submit, nor, which would be relaying, tcp_local.</item>
/// <item>What is queued is, from <c>l</c>, a mailbox of the store, found as alias or user; from <c>tcp_intranet</c>, that channel.</item>
/// <item>An address permitted to <c>tcp_intranet</c> names no host but its own: no route, no <c>%</c>, <c>!</c> or <c>@</c> in its local part.</item>
/// </list>
/// </summary>
public sealed class HostileRecipientTests
{
    private const int Addresses = 1_000_000;
    private const int Portion = 5_000;

    private static readonly ImmutableArray<ReversePath> Senders = [Site.Sender("x@isp2.test"), ReversePath.Null, Site.Sender("bob@example.com")];

    [Fact]
    public void A_million_hostile_recipients_reach_local_users_and_internal_hosts_only()
    {
        Site site = new(InitialSite.Files);
        MailPolicy policy = site.Policy;
        SessionFacts facts = site.Session("203.0.113.9");
        Assert.Equal("tcp_local", facts.Source.Current.ToString());
        int tried = 0, refused = 0, noAddress = 0, toLocal = 0, toInternal = 0;
        Parallel.For(0, Addresses / Portion, new ParallelOptions { MaxDegreeOfParallelism = 2, CancellationToken = TestContext.Current.CancellationToken }, portion =>
        {
            HostileAddresses addresses = new(portion);
            int mine = 0, bad = 0, no = 0, local = 0, inside = 0;
            for (; mine < Portion; mine++)
            {
                string text = addresses.Next();
                if (AddressParser.Parse(text, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox })
                {
                    bad++;
                    continue;
                }

                Decision decision = policy.Recipient(facts, Senders[mine % Senders.Length], new ForwardPath(mailbox, text));
                if (decision.Verdict is Verdict.Reject or Verdict.Defer)
                {
                    no++;
                    continue;
                }

                ExplanationStep.Rewrite named = decision.Explanation.Steps.OfType<ExplanationStep.Rewrite>().First();
                Check(text, named, decision);
                if (named.Channel == "l") local++;
                else inside++;
            }

            Interlocked.Add(ref tried, mine);
            Interlocked.Add(ref noAddress, bad);
            Interlocked.Add(ref refused, no);
            Interlocked.Add(ref toLocal, local);
            Interlocked.Add(ref toInternal, inside);
        });
        Assert.Equal(Addresses, tried);
        Assert.Equal(Addresses, noAddress + refused + toLocal + toInternal);

        // The generator must not degenerate: most texts are addresses, and the permitted kinds occur too.
        string counts = $"{noAddress} no address, {refused} refused, {toLocal} local, {toInternal} internal";
        Assert.True(noAddress is > 10_000 and < Addresses / 3, counts);
        Assert.True(toLocal > 5_000 && toInternal > 5_000, counts);
    }

    /// <summary>What aliases and FORWARD lead to may be any channel; what the stranger names may not.</summary>
    [Fact]
    public void Aliases_and_FORWARD_open_no_channel_to_a_stranger()
    {
        Site site = new(InitialSite.Files
            .With("aliases", text => $"{text}kept@example.com: @hold-daemon:bob@example.com\nout@example.com: ann@isp.test\n*@example.net: x%vac@pipe-daemon\n")
            .With("mappings", text => $"{text}\nFORWARD\n\n  *@host1.corp.example.com  $Y$Dbob@example.com\n  bob@example.com  $Y$Dann@isp.test\n"));
        SessionFacts facts = site.Session("203.0.113.9");
        HostileAddresses addresses = new(3_000_000);
        HashSet<string> queued = [];
        for (int i = 0; i < 100_000; i++)
        {
            string text = addresses.Next();
            if (AddressParser.Parse(text, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) continue;
            Decision decision = site.Policy.Recipient(facts, Senders[i % Senders.Length], new ForwardPath(mailbox, text));
            if (decision.Verdict is Verdict.Reject or Verdict.Defer) continue;
            ExplanationStep.Rewrite named = decision.Explanation.Steps.OfType<ExplanationStep.Rewrite>().First();
            Assert.True(named.Channel is "l" or "tcp_intranet", $"\"{text}\" reaches {named.Channel} as {named.Address}");
            queued.UnionWith(decision.Recipients.Select(r => r.Channel.ToString()));
        }

        Assert.Superset(new HashSet<string> { "pipe", "tcp_local", "tcp_intranet" }, queued);
    }

    /// <summary>The same letters under the published table alone: the search above finds what that leaves open, so it would find a hole in ours.</summary>
    [Fact]
    public void The_search_finds_the_holes_that_our_additions_close()
    {
        SiteFiles files = InitialSite.Files.With("mappings", text =>
        {
            int table = text.IndexOf("ORIG_SEND_ACCESS", StringComparison.Ordinal);
            int ours = text.IndexOf("! ours", table, StringComparison.Ordinal);
            int end = text.IndexOf("\n\n", ours, StringComparison.Ordinal);
            return text[..ours] + text[(end < 0 ? text.Length : end)..];
        });
        Site site = new(files);
        SessionFacts facts = site.Session("203.0.113.9");
        HashSet<string> reached = [];
        HostileAddresses addresses = new(0);
        for (int i = 0; i < 50_000; i++)
        {
            string text = addresses.Next();
            if (AddressParser.Parse(text, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) continue;
            Decision decision = site.Policy.Recipient(facts, Senders[0], new ForwardPath(mailbox, text));
            if (decision.Verdict == Verdict.Accept) reached.Add(decision.Explanation.Steps.OfType<ExplanationStep.Rewrite>().First().Channel!);
        }

        Assert.Superset(new HashSet<string> { "process", "reprocess", "conversion", "defragment", "bitbucket", "filter_discard", "tcp_auth", "tcp_submit" }, reached);
    }

    [Fact]
    public void Letter_case_of_a_domain_never_changes_a_decision()
    {
        Site site = new(InitialSite.Files);
        SessionFacts facts = site.Session("203.0.113.9");
        HostileAddresses addresses = new(1_000_000);
        for (int i = 0; i < 20_000; i++)
        {
            string text = addresses.Next();
            if (AddressParser.Parse(text, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) continue;
            string lower = Outcome(mailbox, static d => d.ToLowerInvariant()), upper = Outcome(mailbox, static d => d.ToUpperInvariant());
            Assert.True(lower == upper, $"\"{text}\": {lower} or {upper}");
        }

        string Outcome(Mailbox mailbox, Func<string, string> letters)
        {
            Mailbox changed = mailbox with { Route = [.. mailbox.Route.Select(h => In(h, letters))], Domain = mailbox.Domain is { } domain ? In(domain, letters) : null };
            Decision decision = site.Policy.Recipient(facts, Senders[0], new ForwardPath(changed, "same"));
            return $"{decision.Verdict} {decision.Reply} {decision.Explanation.Steps.OfType<ExplanationStep.Rewrite>().First().Channel} {string.Join(' ', decision.Recipients.Select(r => $"{r.Channel} {r.Address.ToUpperInvariant()}"))}";
        }

        static MailDomain In(MailDomain host, Func<string, string> letters) =>
            host is MailDomain.Name && AddressParser.Parse($"x@{letters(host.Text)}", smtpUtf8: true) is AddressParse.Parsed { Mailbox.Domain: { } same } ? same : host;
    }

    [Fact]
    public void Formatted_address_parses_to_itself()
    {
        HostileAddresses addresses = new(2_000_000);
        int parsed = 0;
        for (int i = 0; i < 100_000; i++)
        {
            string text = addresses.Next();
            if (AddressParser.Parse(text, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) continue;
            parsed++;
            Mailbox again = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(mailbox.ToString(), smtpUtf8: true)).Mailbox;
            Assert.Equal((mailbox.ToString(), mailbox.Local.Value, mailbox.Domain), (again.ToString(), again.Local.Value, again.Domain));
            Assert.Equal(mailbox.Route, again.Route);
        }

        Assert.True(parsed > 50_000);
    }

    private static void Check(string text, ExplanationStep.Rewrite named, Decision decision)
    {
        Assert.True(named.Channel is "l" or "tcp_intranet", $"\"{text}\" reaches {named.Channel} as {named.Address}");
        string expected = named.Channel == "l" ? "ims-ms" : "tcp_intranet";
        Assert.All(decision.Recipients, r => Assert.True(r.Channel.ToString() == expected, $"\"{text}\" is queued for {r.Channel} as {r.Address}"));
        if (named.Channel == "l") return;
        bool isPlain = AddressParser.Parse(named.Address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: { Route.IsEmpty: true, Local.Value: var local } }
            && local.AsSpan().IndexOfAny('%', '!', '@') < 0;
        Assert.True(isPlain, $"\"{text}\" is routed explicitly to an internal host as {named.Address}");
    }
}
