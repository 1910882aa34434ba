using System.Text;
using CsCheck;
using Postern.Smtp.Headers;

namespace Postern.Smtp.Tests.Headers;

public sealed class HeaderEditorTests
{
    private const string Header = "Received: one;\r\n\tfolded\r\nSubject: hi\r\nReceived: two\r\nno field\r\nTo : x@y.test\r\n";

    private static readonly Gen<HeaderEdit> Edit = Gen.OneOf<HeaderEdit>(
        Gen.Select(OneOf("Subject", "To", "X-New", "received"), Gen.Enum<HeaderAddition>(), (name, mode) => (HeaderEdit)new HeaderEdit.Add(name, "value", mode)),
        OneOf("Subject", "Received", "X-None").Select(name => (HeaderEdit)new HeaderEdit.Remove(name)),
        Gen.Int[0, 3].Select(most => (HeaderEdit)new HeaderEdit.Limit("Received", most)),
        OneOf("[tag]", "Größe").Select(tag => (HeaderEdit)new HeaderEdit.TagSubject(tag)));

    [Fact]
    public void Nothing_to_do_changes_nothing() => Assert.Equal(Header, Apply(Header));

    [Fact]
    public void Fields_that_no_edit_names_stay_octet_for_octet() =>
        Assert.Equal(
            "X-New: 1\r\nSubject: hi\r\nno field\r\nTo : x@y.test\r\n",
            Apply(Header, new HeaderEdit.Remove("RECEIVED"), new HeaderEdit.Add("X-New", "1", HeaderAddition.Always)));

    [Fact]
    public void Blank_before_the_colon_hides_no_field() =>
        Assert.DoesNotContain("x@y.test", Apply(Header, new HeaderEdit.Remove("To")), StringComparison.Ordinal);

    [Fact]
    public void First_fields_are_kept() =>
        Assert.Equal("Received: one;\r\n\tfolded\r\nSubject: hi\r\nno field\r\nTo : x@y.test\r\n", Apply(Header, new HeaderEdit.Limit("Received", 1)));

    [Fact]
    public void Value_may_be_put_behind_a_folded_one() =>
        Assert.StartsWith("Received: one;\r\n\tfolded,\r\n more\r\nSubject", Apply(Header, new HeaderEdit.Add("Received", "more", HeaderAddition.Append)), StringComparison.Ordinal);

    [Fact]
    public void Tag_is_set_once_even_outside_ascii()
    {
        string once = Apply(Header, new HeaderEdit.TagSubject("Größe "));
        Assert.Contains("\r\nSubject: =?utf-8?B?R3LDtsOfZQ==?= hi\r\n", once, StringComparison.Ordinal);
        Assert.Equal(once, Apply(once, new HeaderEdit.TagSubject("Größe ")));
        Assert.Equal("Subject: [x]\r\n", Apply("", new HeaderEdit.TagSubject("[x]")));
    }

    [Fact]
    public void Result_is_always_a_header_block() => Gen.Select(Edit.Array[0, 6], Gen.Int[0, Header.Length]).Sample(
        (edits, length) =>
        {
            string given = Header[..length];
            string made = Apply(length == 0 || given.EndsWith("\r\n", StringComparison.Ordinal) ? given : given.TrimEnd('\r') + "\r\n", edits);
            Assert.DoesNotContain("\r\n\r\n", made, StringComparison.Ordinal);
            Assert.True(made.Length == 0 || made.EndsWith("\r\n", StringComparison.Ordinal));
        },
        seed: "0000KOmA2fo6",
        iter: 3_000);

    [Fact]
    public void Long_text_becomes_words_of_legal_length()
    {
        string words = EncodedWord.Of(string.Concat(Enumerable.Repeat("äöü日本", 40)));
        Assert.All(words.Split(' '), w => Assert.InRange(w.Length, 20, 75));
        Assert.Equal("plain", EncodedWord.Of("plain"));
    }

    private static string Apply(string header, params HeaderEdit[] edits) => Encoding.UTF8.GetString(HeaderEditor.Apply(Encoding.UTF8.GetBytes(header), edits).Span);

    private static Gen<T> OneOf<T>(params T[] values) => Gen.Int[0, values.Length - 1].Select(i => values[i]);
}
