using Postern.Smtp.Addresses;
using Postern.Smtp.Tests.Conformance;

namespace Postern.Smtp.Tests.Addresses;

public sealed class AddressConformanceTests
{
    private static readonly IReadOnlyDictionary<string, Case> Cases = Case.ReadAll("address");

    public static TheoryData<string> Names => [.. Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Address_is_read_as_the_table_says(string where)
    {
        Case row = Cases[where];
        string given = row.Get("given");
        AddressParse parse = AddressParser.Parse(given, row.Find("utf8") == "yes");
        if (row.Find("refused") is { } reason)
        {
            row.AssertAllKeysKnown();
            AddressParse.Invalid invalid = Assert.IsType<AddressParse.Invalid>(parse);
            Assert.Equal((reason, reason == "needs SMTPUTF8"), (invalid.Reason, invalid.NeedsSmtpUtf8));
            return;
        }

        string? domain = row.Find("domain");
        string want = $"local \"{row.Get("local")}\" quoted {row.Find("quoted") == "yes"} domain {domain ?? "none"} "
            + $"key {row.Find("key") ?? domain?.ToLowerInvariant() ?? "none"} route \"{row.Find("route")}\" text {row.Find("text") ?? given}";
        row.AssertAllKeysKnown();
        Assert.Equal(want, parse is AddressParse.Parsed { Mailbox: var mailbox } ? Describe(mailbox) : parse.ToString());
    }

    private static string Describe(Mailbox mailbox) =>
        $"local \"{mailbox.Local.Value}\" quoted {mailbox.Local.WasQuoted} domain {mailbox.Domain?.Text ?? "none"} "
        + $"key {mailbox.Domain?.Key ?? "none"} route \"{string.Join(' ', mailbox.Route.Select(h => h.Key))}\" text {mailbox}";
}
