using CsCheck;
using Postern.Server.Logs;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Logs;

public sealed class AddressVeilTests
{
    private static readonly AddressVeil Veil = new([1, 2, 3]);

    [Theory]
    [InlineData("bob@example.com", "~@example.com")]
    [InlineData("u%x.test@in.test", "~%x.test@in.test")]
    [InlineData("host!u@in.test", "host!~@in.test")]
    [InlineData("\"a b|c\"@x.test", "~@x.test")]
    [InlineData("@a.test,@b.test:u@c.test", "@a.test,@b.test:~@c.test")]
    [InlineData("tcp_local|s@x.test|l|bob@example.com", "tcp_local|~@x.test|l|~@example.com")]
    [InlineData("550 5.7.1 no: <bob@example.com> (rfc822;ann@x.test)", "550 5.7.1 no: <~@example.com> (rfc822;~@x.test)")]
    [InlineData("no address here", "no address here")]
    public void Local_parts_are_hidden_and_nothing_else(string text, string shape) =>
        Assert.Equal(shape, System.Text.RegularExpressions.Regex.Replace(Veil.Text(text), "~[0-9a-z]{16}", "~"));

    [Fact]
    public void Equal_addresses_stay_equal_in_any_letter_case_and_under_one_key_only()
    {
        Assert.Equal(Veil.Text("Bob@example.com"), Veil.Text("bob@example.com"));
        Assert.Equal(Veil.Local("bob"), Veil.Text("bob@example.com")[..17]);
        Assert.NotEqual(Veil.Local("bob"), Veil.Local("bop"));
        Assert.NotEqual(Veil.Local("bob"), new AddressVeil([4]).Local("bob"));
    }

    [Fact]
    public void What_is_hidden_is_not_hidden_again() => Assert.Equal(Veil.Text("a@x.test"), Veil.Text(Veil.Text("a@x.test")));

    [Fact]
    public void No_local_part_is_left_in_a_probe() => Gen.String[Gen.Char["abcxyz019.+-_="], 6, 20].Sample(local =>
        Assert.DoesNotContain(local, Veil.Text($"tcp_local|{local}@x.test|l|<{local}@y.test>,{local}%h@z.test"), StringComparison.OrdinalIgnoreCase));

    [Fact]
    public async Task Decision_with_hashed_addresses_names_nobody_and_can_still_be_told()
    {
        await using ServerBench bench = new(Site.Snapshot(
            ("option.dat", text => text + "LOG_PRIVACY=hash\n"),
            ("mappings", text => text + "\nORIG_MAIL_ACCESS\n\n  TCP|*|MAIL|*|stran*@*|*|*@*   $Nsorry$ $2\n"),
            ("aliases", text => text + "\nteam: strangelove@other.example, carl@example.com\n")));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<stranger@ext.example>");
        string[] ids = [IdOf((await client.SayAsync("RCPT TO:<victim@other.example>"))!), IdOf((await client.SayAsync("RCPT TO:<carl@example.com>"))!)];
        string[] lines = [(await bench.DecisionAsync(ids[0]))!, (await bench.DecisionAsync(ids[1]))!];
        foreach (string word in (string[])["stranger", "victim", "carl", "\"ger\""])
            Assert.All(lines, line => Assert.DoesNotContain(word, line.Replace("stran*", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase));
        Assert.All(lines, line => Assert.Contains("@ext.example", line, StringComparison.Ordinal));
        Assert.Contains("refused: mail from ~", DecisionText.FromJson(lines[0], bench.Live.Current), StringComparison.Ordinal);

        // The same sender in both, and in the transaction log.
        string sender = System.Text.Json.JsonDocument.Parse(lines[0]).RootElement.GetProperty("mail_from").GetString()!;
        Assert.Contains(sender, lines[1], StringComparison.Ordinal);
        string[] transactions = await bench.TransactionsAsync();
        Assert.Contains(transactions, t => t.Contains(sender, StringComparison.Ordinal));
        Assert.All(transactions, t => Assert.DoesNotContain("stranger", t, StringComparison.Ordinal));
    }

    [Fact]
    public void Key_is_the_owners_alone_and_stays()
    {
        using TemporaryDirectory directory = new();
        string file = directory.Combine("log.key");
        byte[] key = new LogKey(file).Value;
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(key, new LogKey(file).Value);
    }

    private static string IdOf(string reply) => reply[(reply.LastIndexOf('[') + 1)..^1];
}
