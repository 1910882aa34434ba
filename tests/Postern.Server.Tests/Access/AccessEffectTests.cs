using System.Text;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Access;

/// <summary>What the flags of access tables do to a session and to the mail that it leaves in the queue.</summary>
public sealed class AccessEffectTests
{
    private const string Letter = "From: <s@ext.example>\r\nSubject: hello\r\n\r\nbody\r\n.\r\n";

    [Theory]
    [InlineData("0", "550 5.7.1 unknown host or domain: bob@example.com")]
    [InlineData("1", "550 5.7.1 you are not allowed to use this address: bob@example.com")]
    public async Task ACCESS_ERRORS_says_whether_rules_are_admitted(string option, string reply)
    {
        await using ServerBench bench = Bench("ORIG_MAIL_ACCESS", "*|bob@*  $N", $"ACCESS_ERRORS={option}\nREPLY_ID=0");
        Connection client = await FromAsync(bench);
        Assert.Equal(reply, await client.SayAsync("RCPT TO:<bob@example.com>"));
    }

    [Theory]
    [InlineData("*|bob@*  $NNo$ way", "550 5.7.1 No way: bob@example.com")]
    [InlineData("*|bob@*  $FNo$ way", "550 5.7.1 No way: bob@example.com")]
    [InlineData("*|bob@*  $N$X4.7.1|Later", "450 4.7.1 Later: bob@example.com")]
    [InlineData("*|bob@*  $Y", "250 2.1.5 recipient ok")]
    public async Task Recipient_is_answered_at_once_and_others_stay(string entry, string reply)
    {
        await using ServerBench bench = Bench("MAIL_ACCESS", entry.Replace("bob@*", "bob@ims-ms*", StringComparison.Ordinal), "REPLY_ID=0");
        Connection client = await FromAsync(bench);
        Assert.Equal(reply, await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.Equal("250 2.1.5 recipient ok", await client.SayAsync("RCPT TO:<carl@example.com>"));
    }

    [Theory]
    [InlineData("$B", "carl@ims-ms-daemon")]
    [InlineData("$V", "")]
    [InlineData("$Z", "")]
    [InlineData("$Y", "bob@ims-ms-daemon,carl@ims-ms-daemon")]
    public async Task Discarded_mail_is_accepted_and_gone(string flag, string queued)
    {
        await using ServerBench bench = Bench("ORIG_MAIL_ACCESS", $"*|bob@*  {flag}");
        await SendAsync(await FromAsync(bench), "bob@example.com", "carl@example.com");
        Assert.Equal(queued, string.Join(',', (await bench.ListAsync()).Select(e => e.Recipient).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("FROM_ACCESS", "*  $B", "")]
    [InlineData("FROM_ACCESS", "*  $H", "Held,Held")]
    [InlineData("ORIG_MAIL_ACCESS", "*|bob@*  $H", "Held,Queued")]
    public async Task Held_mail_waits_for_an_operator(string table, string entry, string states)
    {
        await using ServerBench bench = Bench(table, entry);
        await SendAsync(await FromAsync(bench), "bob@example.com", "carl@example.com");
        List<QueueEntry> entries = await bench.ListAsync();
        Assert.Equal(states, string.Join(',', entries.OrderBy(e => e.Recipient, StringComparer.Ordinal).Select(e => e.State)));
        Assert.All(entries.Where(e => e.State == RecipientState.Held), e => Assert.Equal("held by an access table", e.HoldReason));
    }

    [Fact]
    public async Task Header_line_is_added_once()
    {
        await using ServerBench bench = Bench("ORIG_MAIL_ACCESS", "*  $AX-Seen:$ yes");
        await SendAsync(await FromAsync(bench), "bob@example.com", "carl@example.com");
        string trace = await TraceAsync(bench);
        Assert.Equal(1, trace.Split("X-Seen: yes\r\n").Length - 1);
    }

    [Theory]
    [InlineData("s@ext.example", "new@ext.example")]
    [InlineData("", "")]
    public async Task Sender_is_replaced_but_never_that_of_a_bounce(string given, string queued)
    {
        await using ServerBench bench = Bench("FROM_ACCESS", "*  $Jnew@ext.example");
        await SendAsync(await FromAsync(bench, given), "bob@example.com");
        Assert.Equal(queued, Assert.Single(await bench.ListAsync()).ReversePath);
    }

    [Theory]
    [InlineData("authrewrite 1", "Sender: boss@example.com")]
    [InlineData("", null)]
    public async Task Sender_field_is_the_one_the_table_names_where_the_channel_rewrites(string option, string? field)
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("mappings", t => t + "\nFROM_ACCESS\n\n  *  $Kboss@example.com\n"),
            ("postern.cnf", t => option.Length == 0 ? t : Site.WithOptions(t, "tcp_local", option)));
        await using ServerBench bench = new(snapshot);
        await SendAsync(await FromAsync(bench), "bob@example.com");
        await using Stream content = await bench.Queue.OpenContentAsync(Assert.Single(await bench.ListAsync()).Id, TestContext.Current.CancellationToken);
        using StreamReader reader = new(content);
        string text = await reader.ReadToEndAsync(TestContext.Current.CancellationToken);
        if (field is null) Assert.DoesNotContain("Sender:", text);
        else Assert.Contains(field, text);
    }

    [Theory]
    [InlineData("*|bob@*  $<seen|$Y", true, false)]
    [InlineData("*|bob@*  $>seen|$Y", false, false)]
    [InlineData("*|bob@*  $>seen|$N", true, true)]
    public async Task Text_goes_to_the_log_and_not_to_the_client(string entry, bool logged, bool refused)
    {
        await using ServerBench bench = Bench("ORIG_MAIL_ACCESS", entry.Replace("seen|", "seen", StringComparison.Ordinal));
        Connection client = await FromAsync(bench);
        string reply = (await client.SayAsync("RCPT TO:<bob@example.com>"))!;
        Assert.Equal(refused, reply.StartsWith("550", StringComparison.Ordinal));
        Assert.DoesNotContain("seen", reply);
        Assert.Equal(logged, bench.Log.Lines.Any(l => l.EndsWith($"{ServerBench.Outsider}: access table: seen", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Counts_and_tags_of_the_transaction_reach_the_recipient_tables()
    {
        ConfigurationSnapshot snapshot = Site.Snapshot(
            ("option.dat", t => $"{t}\nACCESS_COUNTS=8\nINCLUDE_CONVERSIONTAG=32\nREPLY_ID=0\n"),
            ("mappings", t => t + "\nFROM_ACCESS\n\n  *  $Gnew\n\nORIG_MAIL_ACCESS\n\n  *|3/1/|new  $NThird\n"));
        await using ServerBench bench = new(snapshot);
        Connection client = await FromAsync(bench);
        Assert.StartsWith("250", await client.SayAsync("RCPT TO:<bob@example.com>"));
        Assert.StartsWith("550", await client.SayAsync("RCPT TO:<v@other.example>"));
        Assert.Equal("550 5.7.1 Third: carl@example.com", await client.SayAsync("RCPT TO:<carl@example.com>"));
    }

    private static ServerBench Bench(string table, string entry, string options = "") =>
        new(Site.Snapshot(("mappings", t => $"{t}\n{table}\n\n  {entry}\n"), ("option.dat", t => $"{t}\n{options}\n")));

    private static async Task<Connection> FromAsync(ServerBench bench, string from = "s@ext.example")
    {
        Connection client = await bench.GreetAsync();
        Assert.StartsWith("250", await client.SayAsync($"MAIL FROM:<{from}>"));
        return client;
    }

    private static async Task SendAsync(Connection client, params string[] recipients)
    {
        foreach (string recipient in recipients) Assert.StartsWith("250", await client.SayAsync($"RCPT TO:<{recipient}>"));
        Assert.StartsWith("354", await client.SayAsync("DATA"));
        await client.SendAsync(Letter);
        Assert.StartsWith("250", await client.ReplyAsync());
    }

    private static async Task<string> TraceAsync(ServerBench bench)
    {
        QueuedMessage message = (await bench.Queue.FindAsync((await bench.ListAsync())[0].Id, TestContext.Current.CancellationToken))!;
        return Encoding.UTF8.GetString(message.Copies[0].HeaderBlock!.Value.Span);
    }
}
