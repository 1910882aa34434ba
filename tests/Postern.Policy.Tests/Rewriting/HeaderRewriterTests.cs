using System.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

/// <summary>Addresses in header fields: what changes, and that nothing else does.</summary>
public sealed class HeaderRewriterTests
{
    private static readonly IReadOnlyDictionary<string, RewriteCase> Cases = RewriteCase.Read("rewrite/headers.case");
    private static readonly ConfigurationSnapshot Initial = new Site(InitialSite.Files).Policy.Snapshot;

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Case_holds(string name)
    {
        RewriteCase expected = Cases[name];
        HeaderRewriter headers = new(new Rewriter(expected.Load().Snapshot!, () => 0.5));
        RewriteContext context = expected.Context with { DestinationChannel = expected.Context.DestinationChannel ?? new ChannelName("c1") };
        byte[]? got = headers.Rewrite(Bytes(expected.One("header")!), context);
        string want = expected.One("want-header")!;
        Assert.Equal(want == "unchanged" ? null : want.ReplaceLineEndings("\r\n"), got is null ? null : Encoding.UTF8.GetString(got));
    }

    /// <summary>A stranger's letter for elsewhere is none of our business: under the initial configuration its header is the same octets.</summary>
    [Theory]
    [InlineData("From: \"A B\" <a@isp.test>\nTo: b@isp2.test, C <c@[203.0.113.9]>\nCc: undisclosed-recipients:;\nReply-To: <@r.test:a@isp.test>\n")]
    [InlineData("From: bob@example.com (Bob)\nTo: ann@example.net,\n bob+x@EXAMPLE.com\nSender: a%b@isp.test\n")]
    [InlineData("From: a!b@isp.test\nTo: x@host1.corp.example.com, x@tcp_local-daemon, \"a b\"@isp.test\nMessage-ID: <a@b>\nDKIM-Signature: d=isp.test; h=from:to\n")]
    public void Letter_from_outside_to_outside_keeps_its_octets(string header) =>
        Assert.Null(new HeaderRewriter(new Rewriter(Initial)).Rewrite(Bytes(header), FromOutside("tcp_local")));

    [Fact]
    public void Reversal_is_asked_after_the_rules_for_senders_and_recipients()
    {
        List<string> asked = [];
        HeaderRewriter headers = new(new Rewriter(RewriteExplanationTests.Load("a.test $U%b.test@h1\n. $U%$H@h1\n")), (address, context) =>
        {
            asked.Add($"{address} {(context.Forward ? "forward" : "backward")} {context.DestinationChannel}");
            return context.Forward ? address : new Mailbox(new LocalPart("public", WasQuoted: false), address.Domain);
        });
        byte[]? got = headers.Rewrite(Bytes("From: U <u@a.test>\nTo: v@c.test\n"), FromOutside("c1"));
        Assert.Equal("From: U <public@b.test>\r\nTo: v@c.test\r\n", Encoding.UTF8.GetString(got!));
        Assert.Equal(["u@b.test backward c1", "v@c.test forward c1"], asked);
    }

    [Fact]
    public void Line_that_would_grow_too_long_is_folded()
    {
        HeaderRewriter headers = new(new Rewriter(RewriteExplanationTests.Load("a.test $U%a-much-longer-name.test@h1\n. $U%$H@h1\n")));
        string many = string.Join(",", Enumerable.Repeat("u@a.test", 100));
        byte[]? got = headers.Rewrite(Bytes($"To: {many}\n"), FromOutside("c1"));
        string text = Encoding.UTF8.GetString(got!);
        Assert.All(text.Split("\r\n"), line => Assert.True(line.Length <= 998));
        Assert.Equal("To: " + many.Replace("a.test", "a-much-longer-name.test", StringComparison.Ordinal) + "\r\n", text.Replace("\r\n\t", "", StringComparison.Ordinal));
    }

    [Fact]
    public void Header_with_too_many_addresses_stays()
    {
        HeaderRewriter headers = new(new Rewriter(RewriteExplanationTests.Load("a.test $U%b.test@h1\n. $U%$H@h1\n")));
        string fields = string.Concat(Enumerable.Repeat("To: u@a.test\n", HeaderRewriter.MaximumAddresses));
        Assert.NotNull(headers.Rewrite(Bytes(fields), FromOutside("c1")));
        Assert.Null(headers.Rewrite(Bytes(fields + "To: u@a.test\n"), FromOutside("c1")));
    }

    private static RewriteContext FromOutside(string destination) =>
        new(new ChannelName("tcp_local"), Envelope: false, Forward: true, new ChannelName(destination)) { ClientHost = "client.test" };

    private static byte[] Bytes(string header) => Encoding.UTF8.GetBytes(header.ReplaceLineEndings("\r\n"));
}
