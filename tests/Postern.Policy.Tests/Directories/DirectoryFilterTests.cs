using System.Text;
using CsCheck;
using Postern.Mapping.Text;
using Postern.Policy.Directories;
using Xunit;

namespace Postern.Policy.Tests.Directories;

public sealed class DirectoryFilterTests
{
    private static readonly Gen<string> Values = Gen.String[Gen.OneOf(Gen.Char["abcÅß*()\\\0\n &|!=~<>:?%\""], Gen.Char[' ', '~']), 1, 12];
    private static readonly Gen<string> Attributes = Gen.OneOf("mail", "cn", "uid", "mail;lang-en", "2.5.4.3");

    private static readonly Gen<DirectoryFilter> Filters = Gen.Recursive<DirectoryFilter>((depth, inner) => Gen.OneOf(
        Gen.Select(Attributes, Values, (a, v) => DirectoryFilter.Equal(a, v)),
        Gen.Select(Attributes, Gen.Enum<FilterComparison>(), Values, (a, c, v) => (DirectoryFilter)new DirectoryFilter.Compare(a, c, v)),
        Attributes.Select(a => (DirectoryFilter)new DirectoryFilter.Present(a)),
        Gen.Select(Attributes, Values, Values.Array[0, 2], Values, (a, i, m, f) => (DirectoryFilter)new DirectoryFilter.Substrings(a, i, [.. m], f)),
        Gen.Select(Attributes, Values, Gen.Bool, (a, v, dn) => (DirectoryFilter)new DirectoryFilter.Extensible(a, dn ? "caseIgnoreMatch" : null, v, dn)),
        (depth < 4 ? inner : Attributes.Select(a => (DirectoryFilter)new DirectoryFilter.Present(a))).Array[0, 3].Select(p => (DirectoryFilter)new DirectoryFilter.And([.. p])),
        (depth < 4 ? inner : Attributes.Select(a => (DirectoryFilter)new DirectoryFilter.Present(a))).Array[0, 3].Select(p => (DirectoryFilter)new DirectoryFilter.Or([.. p])),
        (depth < 4 ? inner : Attributes.Select(a => (DirectoryFilter)new DirectoryFilter.Present(a))).Select(p => (DirectoryFilter)new DirectoryFilter.Not(p))));

    /// <summary>The examples of RFC 4515 §4, but for the one that is no UTF-8.</summary>
    [Theory]
    [InlineData("(cn=Babs Jensen)")]
    [InlineData("(!(cn=Tim Howes))")]
    [InlineData("(&(objectClass=Person)(|(sn=Jensen)(cn=Babs J*)))")]
    [InlineData("(o=univ*of*mich*)")]
    [InlineData("(cn:caseExactMatch:=Fred Flintstone)")]
    [InlineData("(cn:=Betty Rubble)")]
    [InlineData("(sn:dn:2.4.6.8.10:=Barney Rubble)")]
    [InlineData("(o:dn:=Ace Industry)")]
    [InlineData("(:1.2.3:=Wilma Flintstone)")]
    [InlineData("(:dn:2.4.6.8.10:=Dino)")]
    [InlineData("(o=Parens R Us \\28for all your parenthetical needs\\29)")]
    [InlineData("(cn=*\\2a*)")]
    [InlineData("(filename=C:\\5cMyFile)")]
    [InlineData("(cn=*)")]
    [InlineData("(cn=)")]
    [InlineData("(age>=21)")]
    [InlineData("(age<=65)")]
    [InlineData("(cn~=Jensen)")]
    [InlineData("(&)")]
    [InlineData("(|)")]
    public void A_filter_is_read_and_written(string text)
    {
        DirectoryFilter? filter = DirectoryFilterParser.Parse(text, out string? fault);
        Assert.Null(fault);
        Assert.Equal(text, filter?.ToString());
    }

    [Theory]
    [InlineData("(sn=Lu\\c4\\8di\\c4\\87)", "(sn=Lučić)")]
    [InlineData("(cn=\\41)", "(cn=A)")]
    public void An_escape_is_the_octet_it_names(string text, string same) => Assert.Equal(same, DirectoryFilterParser.Parse(text, out _)?.ToString());

    [Theory]
    [InlineData("")]
    [InlineData("cn=x")]
    [InlineData("(cn=x")]
    [InlineData("(cn=x))")]
    [InlineData("(cn=x)(cn=y)")]
    [InlineData("()")]
    [InlineData("(cn)")]
    [InlineData("(=x)")]
    [InlineData("(c n=x)")]
    [InlineData("(cn=a(b)")]
    [InlineData("(cn=\\4)")]
    [InlineData("(cn=\\zz)")]
    [InlineData("(cn=\\ff)")]
    [InlineData("(cn=a**b)")]
    [InlineData("(cn>=a*)")]
    [InlineData("(!)")]
    [InlineData("(&(cn=x)")]
    [InlineData("(:=x)")]
    [InlineData("(cn:a:b:=x)")]
    public void What_is_no_filter_is_a_fault(string text)
    {
        Assert.Null(DirectoryFilterParser.Parse(text, out string? fault));
        Assert.NotNull(fault);
    }

    [Fact]
    public void Filters_nest_to_a_limit()
    {
        static string Nested(int depth) => string.Concat(Enumerable.Repeat("(!", depth - 1)) + "(cn=x)" + new string(')', depth - 1);
        Assert.NotNull(DirectoryFilterParser.Parse(Nested(DirectoryFilter.MaximumDepth), out _));
        Assert.Null(DirectoryFilterParser.Parse(Nested(DirectoryFilter.MaximumDepth + 1), out _));
        Assert.Null(DirectoryFilterParser.Parse(Nested(200_000), out _));
    }

    [Fact]
    public void An_escaped_value_stays_one_value() => Values.Sample(value =>
    {
        DirectoryFilter? filter = DirectoryFilterParser.Parse($"(&(uid={FilterValue.Escape(value)})(cn=x))", out _);
        return filter is DirectoryFilter.And { Parts: [DirectoryFilter.Compare { Attribute: "uid", Comparison: FilterComparison.Equal } uid, _] } && uid.Value == value;
    });

    [Fact]
    public void What_is_written_is_read_again() => Filters.Sample(filter =>
    {
        string text = filter.ToString();
        return DirectoryFilterParser.Parse(text, out _)?.ToString() == text;
    });

    [Fact]
    public void A_search_is_the_url_it_writes() => Gen.Select(Values, Gen.Enum<SearchScope>(), Filters, Attributes.Array[0, 3]).Sample((dn, scope, filter, attributes) =>
    {
        DirectorySearch search = new(dn, scope, filter, [.. attributes]);
        DirectorySearch? read = DirectorySearch.Parse(search.ToString(), out _);
        return read?.Base == dn && read.Scope == scope && read.Filter.ToString() == filter.ToString() && read.Attributes.SequenceEqual(attributes)
            && read.ToString() == search.ToString() && Ascii.IsValid(search.ToString());
    });

    [Fact]
    public void Any_text_is_a_filter_or_a_fault() => Gen.String[Gen.Char["()&|!=*\\:<>~ab2\0é\ud800"], 0, 30].Sample(text =>
        (DirectoryFilterParser.Parse(text, out string? fault) is null) == (fault is not null)
        && (DirectorySearch.Parse($"ldap:///{text}?{text}?sub?{text}", out fault) is null) == (fault is not null));

    [Theory]
    [InlineData("ldap:///", "", SearchScope.Base, "(objectClass=*)", "")]
    [InlineData("LDAP:///o=isp", "o=isp", SearchScope.Base, "(objectClass=*)", "")]
    [InlineData("ldap:///o=a%20b?mail,uid?SUB?(cn=x%3fy)", "o=a b", SearchScope.Subtree, "(cn=x?y)", "mail uid")]
    [InlineData("ldap:///o=isp?*?one", "o=isp", SearchScope.OneLevel, "(objectClass=*)", "")]
    [InlineData("ldap:///o=isp????x-ours=1", "o=isp", SearchScope.Base, "(objectClass=*)", "")]
    public void A_url_is_read(string url, string dn, SearchScope scope, string filter, string attributes)
    {
        DirectorySearch? search = DirectorySearch.Parse(url, out string? fault);
        Assert.Null(fault);
        Assert.Equal((dn, scope, filter, attributes), (search!.Base, search.Scope, search.Filter.ToString(), string.Join(' ', search.Attributes)));
    }

    [Theory]
    [InlineData("ldaps:///o=isp", "it does not begin with \"ldap:///\"")]
    [InlineData("ldap://host/o=isp", "it names a host; the servers of LDAP_HOST are asked")]
    [InlineData("ldap:///o=isp?mail?deep", "its scope is not base, one or sub")]
    [InlineData("ldap:///o=isp????!bindname=x", "it demands an extension")]
    [InlineData("ldap:///o=isp?a b", "it lists something that is no attribute")]
    [InlineData("ldap:///o=%zz", "\"%\" stands before two hexadecimal digits of UTF-8 only")]
    [InlineData("ldap:///o=%ff", "\"%\" stands before two hexadecimal digits of UTF-8 only")]
    [InlineData("ldap:///a?b?sub?(c=d)?e?f", "it has more than five parts")]
    public void What_cannot_be_used_says_why(string url, string why)
    {
        Assert.Null(DirectorySearch.Parse(url, out string? fault));
        Assert.Equal(why, fault);
    }
}
