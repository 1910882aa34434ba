using CsCheck;
using Postern.Policy.Rewriting;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Addresses;
using Xunit;

namespace Postern.Policy.Tests.Rewriting;

public sealed class HostProbesTests
{
    private static readonly CaseTable Cases = CaseTable.Read("rewrite/probes.case");

    public static TheoryData<string> Names => [.. Cases.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Probes_come_in_the_published_order(string name)
    {
        CaseTable.Row row = Cases[name];
        Assert.Equal(row["probes"].Split(' '), Probes(HostText.Domain(row["host"])));
    }

    [Fact]
    public void A_name_has_at_most_two_probes_a_label_and_two() =>
        Gen.Char['a', 'z'].Array[1, 120].Sample(letters =>
        {
            string host = string.Join('.', letters);
            Assert.Equal((2 * letters.Length) + 2, Probes(HostText.Domain(host)).Count(p => p != "table"));
        });

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("[")]
    [InlineData("a b@c")]
    public void What_the_result_of_a_rule_spells_wrongly_has_probes_too(string text)
    {
        Assert.Equal("$*", Probes(HostText.Domain(text))[0]);
        Assert.Equal(".", Probes(HostText.Domain(string.Concat(Enumerable.Repeat(text + ".", 200))))[^1]);
    }

    private static List<string> Probes(MailDomain host)
    {
        HostProbes probes = new(host);
        char[] buffer = new char[probes.LongestProbe];
        List<string> texts = [];
        for (int i = 0; i < probes.Count; i++)
            texts.Add(probes.Write(i, buffer, out int length).Kind == HostMatchKind.ChannelTable ? "table" : new string(buffer, 0, length));
        return texts;
    }
}
