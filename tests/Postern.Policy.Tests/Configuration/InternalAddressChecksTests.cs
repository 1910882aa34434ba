using System.Net;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

public sealed class InternalAddressChecksTests
{
    [Theory]
    [InlineData("$(80.77.0.0/16)  $Y", null)]
    [InlineData("$(80.78.0.0/15)  $Y", "\"$(80.78.0.0/15)\" makes the public network 80.78.0.0/15 internal: all of it may relay")]
    [InlineData("$<80.78.0.0/17>  $Y", "\"$<80.78.0.0/17>\" makes the public network 80.78.0.0/15 internal: all of it may relay")]
    [InlineData("$(80.78.0.0/15)  $N", null)]
    [InlineData("$(80.78.0.0/16)  $N\n  $(80.78.0.0/15)  $Y", null)]
    [InlineData("$(10.0.0.0/8)  $Y", null)]
    [InlineData("$(192.168.0.0/16)  $Y\n  $(172.16.0.0/12)  $Y\n  $(127.0.0.0/8)  $Y\n  $(100.64.0.0/10)  $Y", null)]
    [InlineData("$(172.16.0.0/11)  $Y", "\"$(172.16.0.0/11)\" makes the public network 172.0.0.0/11 internal: all of it may relay")]
    [InlineData("${2001:db8::/32}  $Y", null)]
    [InlineData("${2001:db8::/31}  $Y", "\"${2001:db8::/31}\" makes the public network 2001:db8::/31 internal: all of it may relay")]
    [InlineData("${fd00::/8}  $Y", null)]
    [InlineData("$(0.0.0.0/0)  $Y", "\"$(0.0.0.0/0)\" makes public addresses such as 1.77.133.201 internal: they may relay")]
    [InlineData("${::/0}  $Y", "\"${::/0}\" makes public addresses such as 2001:4860:77::c9 internal: they may relay")]
    [InlineData("*  $Y", "\"*\" makes public addresses such as 1.77.133.201 internal: they may relay")]
    [InlineData("8.*  $Y", "\"8.*\" makes public addresses such as 8.77.133.201 internal: they may relay")]
    public void Wide_public_ranges_are_warned_of_once(string entries, string? wanted)
    {
        List<Diagnostic> found = [];
        InternalAddressChecks.CheckRanges(Tables($"INTERNAL_IP\n\n  {entries}\n"), found);
        Assert.Equal(wanted is null ? [] : [wanted], found.Select(d => d.Text));
        Assert.All(found, d => Assert.False(d.IsError));
    }

    [Fact]
    public void Address_that_stands_for_many_is_warned_of_with_the_entry_that_makes_it_internal()
    {
        SharedAddress[] around =
        [
            new(IPAddress.Parse("172.17.0.1"), "the address of the bridge docker0"),
            new(IPAddress.Parse("192.0.2.1"), "the default gateway"),
            new(IPAddress.Parse("fd00::1"), "the default gateway"),
        ];
        MappingSet tables = Tables("INTERNAL_IP\n\n  $(172.16.0.0/12)  $Y\n  fd00:*  $Y\n  *  $N\n");
        Assert.Equal(
            [
                "mappings:3: warning: \"$(172.16.0.0/12)\" makes 172.17.0.1 internal, the address of the bridge docker0: if connections from outside are forwarded, they seem to come from it, and everybody may relay",
                "mappings:4: warning: \"fd00:*\" makes fd00::1 internal, the default gateway: if connections from outside are forwarded, they seem to come from it, and everybody may relay",
            ],
            InternalAddressChecks.CheckSurroundings(tables, around).Select(d => d.ToString()));
        Assert.Empty(InternalAddressChecks.CheckSurroundings(MappingSet.Empty, around));
    }

    private static MappingSet Tables(string text)
    {
        List<Diagnostic> diagnostics = [];
        MappingSet set = MappingSet.Load(new SiteFiles(new Dictionary<string, string>(StringComparer.Ordinal) { ["mappings"] = text }), "mappings", MappingOptions.Default, diagnostics);
        Assert.Empty(diagnostics);
        return set;
    }
}
