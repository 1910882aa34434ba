using System.Text.Json;
using Postern.Policy.Configuration;
using Postern.Server.Logs;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Logs;

/// <summary>What sessions leave in the transaction log, by the letters of the family.</summary>
public sealed class TransactionLogTests
{
    private const string Letter = "Subject: hello\r\nMessage-ID: <a1@ext.example>\r\n\r\nbody\r\n.";

    [Fact]
    public async Task Message_that_is_queued_has_one_record_a_recipient()
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("RCPT TO:<carl@example.com>");
        await client.SayAsync("DATA");
        string id = (await client.SayAsync(Letter))!.Split(' ')[^1];
        JsonElement[] records = await RecordsAsync(bench, 'E');
        Assert.Equal(["bob@ims-ms-daemon", "carl@ims-ms-daemon"], records.Select(r => r.GetProperty("de").GetString()).Order());
        JsonElement bob = records.Single(r => r.GetProperty("de").GetString() == "bob@ims-ms-daemon");
        Assert.Equal(
            ("en", "EE", "tcp_local", "ims-ms", "s@ext.example", "rfc822;bob@example.com", id, "<a1@ext.example>"),
            (Of(bob, "k"), Of(bob, "ac"), Of(bob, "sc"), Of(bob, "dc"), Of(bob, "so"), Of(bob, "od"), Of(bob, "qi"), Of(bob, "mi")));
        Assert.True(bob.GetProperty("sz").GetInt64() > 40);
        Assert.Equal("2026-05-04T08:00:00.000000Z", Of(bob, "ts"));
    }

    [Fact]
    public async Task Refused_recipient_and_sender_are_told_with_the_table()
    {
        await using ServerBench bench = new(Site.Snapshot(("mappings", text => text + "\nFROM_ACCESS\n\n  *|MAIL|*|*@spam.example|*  $Nno\n")));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<x@spam.example>");
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<v@other.example>");
        JsonElement[] records = await RecordsAsync(bench, 'J');
        Assert.Equal(("x@spam.example", "", "550 5.7.1 no: x@spam.example"), (Of(records[0], "so"), Of(records[0], "od"), Of(records[0], "re")));
        Assert.Matches("^FROM_ACCESS:[0-9]+$", Of(records[0], "tb"));
        Assert.Equal(
            ("JE", "tcp_local", "tcp_local", "rfc822;v@other.example", "v@other.example", "550 5.7.1 Relaying not permitted: v@other.example"),
            (Of(records[1], "ac"), Of(records[1], "sc"), Of(records[1], "dc"), Of(records[1], "od"), Of(records[1], "de"), Of(records[1], "re")));
        Assert.Matches("^ORIG_SEND_ACCESS:[0-9]+$", Of(records[1], "tb"));
    }

    [Fact]
    public async Task Refused_content_is_told_for_each_recipient()
    {
        await using ServerBench bench = new(Site.Snapshot(("option.dat", text => text + "MESSAGE_SIZE_LIMIT=20\n")));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("DATA");
        Assert.StartsWith("552", await client.SayAsync(Letter));
        JsonElement record = Assert.Single(await RecordsAsync(bench, 'J'));
        Assert.Equal("rfc822;bob@example.com", Of(record, "od"));
        Assert.StartsWith("552", Of(record, "re"), StringComparison.Ordinal);
        Assert.Empty(await RecordsAsync(bench, 'V'));
    }

    [Theory]
    [InlineData("RSET")]
    [InlineData("QUIT")]
    [InlineData("EHLO again.test")]
    [InlineData(null)]
    public async Task Recipients_of_a_transaction_that_came_to_nothing_are_told(string? command)
    {
        await using ServerBench bench = new();
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("RCPT TO:<v@other.example>");
        if (command is not null) await client.SayAsync(command);
        await client.HangUpAsync();
        Assert.Null(await client.ReplyAsync());
        Assert.Equal("bob@example.com", Of(Assert.Single(await RecordsAsync(bench, 'V')), "de"));
    }

    [Fact]
    public async Task Bad_commands_are_told_up_to_their_number_and_no_password_is()
    {
        await using ServerBench bench = new(Site.Snapshot(("option.dat", text => text + "MAX_B_ENTRIES=2\n")));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("AUTH PLAIN c2VjcmV0");
        await client.SayAsync("NONSENSE \t 1");
        await client.SayAsync("NONSENSE 2");
        JsonElement[] records = await RecordsAsync(bench, 'B');
        Assert.Equal(2, records.Length);
        Assert.Contains("NONSENSE", Of(records[^1], "de"), StringComparison.Ordinal);
        Assert.StartsWith("500", Of(records[^1], "di"), StringComparison.Ordinal);
        Assert.All(await bench.TransactionsAsync(), line => Assert.DoesNotContain("c2VjcmV0", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Connections_are_told_when_they_open_close_and_are_refused()
    {
        await using ServerBench bench = new(Site.Snapshot(
            ("mappings", text => text.Replace("PORT_ACCESS\n\n", "PORT_ACCESS\n\n  TCP|*|*|198.51.100.7|*  $Ngo$ away\n", StringComparison.Ordinal))));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("QUIT");
        Assert.Null(await client.ReplyAsync());
        Connection refused = bench.Connect("198.51.100.7");
        Assert.StartsWith("554 go away [", await refused.ReplyAsync(), StringComparison.Ordinal);
        Assert.Null(await refused.ReplyAsync());

        JsonElement[] records = [.. (await RecordsAsync(bench)).Where(r => Of(r, "k") == "co")];
        Assert.Equal(["O", "CE", "X"], records.Select(r => Of(r, "ac")));
        Assert.All(records, r => Assert.Equal("+", Of(r, "dr")));
        Assert.Equal("TCP|192.0.2.25|25|203.0.113.9|40000", Of(records[0], "tr"));
        Assert.Equal("SMTP/client.test", Of(records[1], "ap"));
        Assert.StartsWith("221", Of(records[1], "di"), StringComparison.Ordinal);
        Assert.Equal("554 go away", Of(records[2], "di"));
        Assert.Single(records.Take(2).Select(r => Of(r, "si")).Distinct());
    }

    [Fact]
    public async Task Authentication_is_told_either_way_and_marks_what_follows()
    {
        await using ServerBench bench = new(withTls: true);
        Connection client = bench.Connect(service: "submission", presumed: ("TLS1.3:X", null));
        await client.ReplyAsync();
        await client.SayAsync("EHLO laptop.test");
        await client.SayAsync($"AUTH PLAIN {Plain("bob@example.com", "wrong")}");
        await client.SayAsync($"AUTH PLAIN {Plain("bob@example.com", Site.Password)}");
        await client.SayAsync("MAIL FROM:<bob@example.com>");
        await client.SayAsync("RCPT TO:<v@other.example>");
        await client.SayAsync("DATA");
        await client.SayAsync(Letter);
        Assert.Equal(["refused", "accepted"], (await RecordsAsync(bench, 'U')).Select(r => Of(r, "di")));
        JsonElement queued = Assert.Single(await RecordsAsync(bench, 'E'));
        Assert.Equal(("EESA", "bob@example.com", "TLS1.3:X"), (Of(queued, "ac"), Of(queued, "us"), Of(queued, "tl")));
        Assert.All(await bench.TransactionsAsync(), line => Assert.DoesNotContain("wrong", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Text_is_the_nine_columns_of_the_family_and_what_options_add()
    {
        await using ServerBench bench = new(Site.Snapshot(("option.dat", text => text + "LOG_FORMAT=2\nLOG_MESSAGE_ID=1\nLOG_FILENAME=1\nLOG_CONNECTION=0\n")));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("DATA");
        string id = (await client.SayAsync(Letter))!.Split(' ')[^1];
        Assert.Equal(
            $"04-May-2026 08:00:00.00 tcp_local    ims-ms       EE   1 <> rfc822;bob@example.com bob@ims-ms-daemon {id} <a1@ext.example>",
            Assert.Single(await bench.TransactionsAsync()));
    }

    [Theory]
    [InlineData("", "normal")]
    [InlineData("Priority: non-urgent\r\n", "nonurgent")]
    [InlineData("Priority: urgent\r\n", "normal")]
    public async Task Priority_is_told_where_that_was_chosen(string field, string priority)
    {
        Assert.DoesNotContain("\"pr\"", await EnqueuedAsync(field, "RCPT TO:<bob@example.com>"), StringComparison.Ordinal);
        Assert.Contains($"\"pr\":\"{priority}\"", await EnqueuedAsync(field, "RCPT TO:<bob@example.com>", "LOG_PRIORITY=1\n"), StringComparison.Ordinal);
        Assert.EndsWith($" bob@ims-ms-daemon {priority}", await EnqueuedAsync(field, "RCPT TO:<bob@example.com>", "LOG_PRIORITY=1\nLOG_FORMAT=1\nLOG_DIAGNOSTICS=0\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Way_of_a_recipient_from_RCPT_to_the_queue_is_told_where_that_was_chosen()
    {
        const string Rcpt = "RCPT TO:<Sales@alt.example> ORCPT=rfc822;all@list.example";
        string way = "\"de\":\"bob@ims-ms-daemon\"", told = "\"in\":\"Sales@example.com\",\"ia\":\"Sales@alt.example\"";
        string line = await EnqueuedAsync("", Rcpt);
        Assert.Contains(way, line, StringComparison.Ordinal);
        Assert.DoesNotContain("ales@", line, StringComparison.Ordinal);
        line = await EnqueuedAsync("", Rcpt, "LOG_INTERMEDIATE=1\n");
        Assert.Contains(way, line, StringComparison.Ordinal);
        Assert.Contains(told, line, StringComparison.Ordinal);
        Assert.EndsWith(
            " rfc822;all@list.example bob@ims-ms-daemon Sales@example.com Sales@alt.example", await EnqueuedAsync("", Rcpt, "LOG_INTERMEDIATE=1\nLOG_FORMAT=1\n"), StringComparison.Ordinal);
        Assert.DoesNotContain("ales@", await EnqueuedAsync("", Rcpt, "LOG_INTERMEDIATE=1\nLOG_PRIVACY=hash\n"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recipients_of_a_list_have_the_list_as_their_beginning()
    {
        await using ServerBench bench = Told("LOG_INTERMEDIATE=1\n");
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<team@example.com>");
        await client.SayAsync("RCPT TO:<dora@example.com>");
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync(Letter));
        Assert.Equal(
            [("bob@ims-ms-daemon", "team@example.com"), ("carl@ims-ms-daemon", "team@example.com"), ("dora@ims-ms-daemon", "dora@example.com")],
            (await RecordsAsync(bench, 'E')).Select(r => (Of(r, "de"), Of(r, "ia"))).Order());
    }

    [Fact]
    public async Task Channel_that_does_not_log_is_left_out()
    {
        await using ServerBench bench = new(Site.Snapshot(("postern.cnf", text => Site.WithOptions(text, "ims-ms", "nologging"))));
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync("RCPT TO:<bob@example.com>");
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync(Letter));
        Assert.Empty(await RecordsAsync(bench, 'E'));
    }

    [Fact]
    public void No_text_of_a_client_begins_a_line_of_its_own()
    {
        TransactionRecord forged = new(DateTimeOffset.UnixEpoch, "B") { To = "X\r\n04-May-2026 forged", Diagnostic = "a\u0085b" };
        Assert.Equal("01-Jan-1970 00:00:00.00                           B    0   X\\0d\\0a04-May-2026 forged a\\85b", TransactionText.Write(forged, new LogOptions { Format = LogFormat.Text }));
    }

    /// <summary>The record of a message with one recipient.</summary>
    /// <param name="field">of its header.</param>
    private static async Task<string> EnqueuedAsync(string field, string rcpt, string options = "")
    {
        await using ServerBench bench = Told(options + "LOG_CONNECTION=0\n");
        Connection client = await bench.GreetAsync();
        await client.SayAsync("MAIL FROM:<s@ext.example>");
        await client.SayAsync(rcpt);
        await client.SayAsync("DATA");
        Assert.StartsWith("250", await client.SayAsync(field + Letter));
        return Assert.Single(await bench.TransactionsAsync());
    }

    private static ServerBench Told(string options) => new(Site.Snapshot(
        ("option.dat", text => text + options),
        ("postern.cnf", text => "alt.example  $U%example.com\n" + text),
        ("users", text => text + "dora@example.com *\n"),
        ("aliases", _ => "sales: bob@example.com\nteam: bob@example.com, carl@example.com\n")));

    private static string Plain(string user, string password) => Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"\0{user}\0{password}"));

    private static string? Of(JsonElement record, string name) => record.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static async Task<JsonElement[]> RecordsAsync(ServerBench bench, char letter) =>
        [.. (await RecordsAsync(bench)).Where(r => Of(r, "ac")![0] == letter && (letter is not 'E' || Of(r, "k") == "en"))];

    private static async Task<JsonElement[]> RecordsAsync(ServerBench bench) =>
        [.. (await bench.TransactionsAsync()).Select(l => JsonDocument.Parse(l).RootElement)];
}
