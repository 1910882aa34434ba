using System.Text;
using CsCheck;
using MimeKit;
using Postern.Smtp.Headers;

namespace Postern.Server.Tests.Admission;

/// <summary>Our scan of an address list finds what MimeKit, a parser written by others, finds in it.</summary>
public sealed class AddressListOracleTests
{
    private static readonly Gen<string> Gap = Gen.OneOf("", " ", "\r\n ", " (a comment)", "(a (nested, <x@y>) one) ", "\t");

    private static readonly Gen<string> Spec = Gen.Select(
        Gen.OneOf("u", "a.b", "\"q\"", "\"a, b\"", "\"a@b\"", "u+x", "u%h", "h!u", "=x="), Gen.OneOf("h.test", "a.b.c", "[192.0.2.1]", "x-y.test"), (l, d) => $"{l}@{d}");

    private static readonly Gen<string> Phrase = Gen.OneOf("", "Joe ", "Joe Q. Public ", "\"Doe, Joe\" ", "\"a <b@c>\" ", "=?utf-8?q?J=C3=B6rg?= ");

    private static readonly Gen<string> Mailbox = Gen.Select(Gap, Phrase, Spec, Gap, Gen.Bool, (before, name, spec, after, angle) =>
        angle || name.Length > 0 ? $"{before}{name}<{spec}>{after}" : $"{before}{spec}{after}");

    private static readonly Gen<string> Group = Mailbox.Array[0, 3].Select(list => $"Friends: {string.Join(", ", list)};");

    private static readonly Gen<string> List = Gen.OneOf(Mailbox, Mailbox, Mailbox, Group).Array[1, 5].Select(list => string.Join(",", list));

    [Fact]
    public void Both_find_the_same_addresses_in_the_same_order() => List.Sample(
        text =>
        {
            Assert.True(InternetAddressList.TryParse(text, out InternetAddressList? theirs), text);
            List<AddressSpan> ours = [];
            byte[] body = Encoding.ASCII.GetBytes(text);
            Assert.True(AddressListScan.TryScan(body, ours), text);
            Assert.Equal(theirs.Mailboxes.Select(m => m.Address), ours.Select(s => s.Text));
            Assert.All(ours, s => Assert.Equal(s.InAngle, s.Start > 0 && body[s.Start - 1] == '<'));
        },
        iter: 20_000);

    [Fact]
    public void Any_octets_are_a_list_or_none_and_spans_lie_inside() => Gen.OneOf(
            "\"", "\\", "(", ")", "<", ">", "[", "]", ":", ";", ",", "@", ".", " ", "\r\n ", "a", "b.c", "é", "%", "!").Array[0, 16].Select(string.Concat).Sample(
        text =>
        {
            byte[] body = Encoding.UTF8.GetBytes(text);
            List<AddressSpan> found = [];
            if (!AddressListScan.TryScan(body, found)) return;
            int end = 0;
            foreach (AddressSpan span in found)
            {
                Assert.True(span.Start >= end && span.Length > 0 && span.Start + span.Length <= body.Length);
                Assert.DoesNotContain('\n', span.Text);
                end = span.Start + span.Length;
            }
        },
        iter: 50_000);
}
