using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

public sealed class FirstHostTests
{
    private static readonly CaseTable Cases = CaseTable.Read("rewrite/extraction.case");

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Host_is_found_where_the_table_says(string name)
    {
        CaseTable.Row row = Cases[name];
        Mailbox address = Assert.IsType<AddressParse.Parsed>(AddressParser.Parse(row["address"], smtpUtf8: true)).Mailbox;
        string expected = row["host"].Length == 0 ? "" : $"{row["host"]} {row["place"]} {row["user"]}";
        Assert.Equal(expected, Describe(FirstHost.Of(address, bangOverPercent: false)));
        Assert.Equal(row["bang"].Length == 0 ? expected : row["bang"], Describe(FirstHost.Of(address, bangOverPercent: true)));
    }

    private static string Describe(FirstHost? found) => found is { } first
        ? $"{first.Host.Text} {(first.Location switch { HostLocation.Route => 'S', HostLocation.At => 'A', HostLocation.Percent => 'P', _ => 'X' })} {first.User}"
        : "";
}
