using System.Text.Json;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Operation;

/// <summary><c>postern queue</c> where mail waits: through the running server, and where none runs.</summary>
public sealed class QueueOperatorTests
{
    [Fact]
    public async Task Stopped_channel_takes_mail_over_a_restart_and_delivers_when_it_is_started()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        Letter letter = Letter.New();
        await using (PosternProcess server = await site.ServeAsync())
        {
            Assert.Contains("tcp_local stopped", (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0).Output, StringComparison.Ordinal);
            Assert.Contains("already", (await site.RunAsync("queue", "stop", "TCP_LOCAL")).Exits(0).Output, StringComparison.Ordinal);
            await SendAsync(site, "v@other.test", letter);
            Letter stored = Letter.New();
            await SendAsync(site, PosternSite.Bob, stored);
            await Eventually.HoldsAsync("other channels work", () => !site.Store.MessagesOf(PosternSite.Bob, stored).IsEmpty);
            Assert.Equal("active", Assert.Single(await PlacesAsync(site)));
            Assert.Equal(0, await server.StopAsync());
        }

        await using PosternProcess second = await site.ServeAsync();
        Assert.Equal("tcp_local", Assert.Single((await site.RunAsync("queue", "summary", "--json")).Exits(0).Json.GetProperty("stopped").EnumerateArray().ToArray()).GetString());
        Assert.Empty(site.Outside.MessagesWith(letter));
        (await site.RunAsync("queue", "start", "tcp_local")).Exits(0);
        await Eventually.HoldsAsync("the letter is sent", () => !site.Outside.MessagesWith(letter).IsEmpty);
        (await site.RunAsync("queue", "stop", "no_such_channel")).Exits(2);
        Assert.Equal(["stop tcp_local", "start tcp_local"], Operations(site));
    }

    /// <summary>The next hop is what is stopped: here the smart host, whatever the domain of the address.</summary>
    [Fact]
    public async Task Mail_for_a_stopped_host_waits_until_it_is_started()
    {
        const string smartHost = "127.0.0.1";
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        (await site.RunAsync("queue", "stop")).Exits(2);
        Assert.Contains("host hop.test stopped", (await site.RunAsync("queue", "stop", "--host", "hop.test")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("already", (await site.RunAsync("queue", "stop", "--host", "HOP.test")).Exits(0).Output, StringComparison.Ordinal);
        (await site.RunAsync("queue", "stop", "--host", smartHost)).Exits(0);
        Letter waits = Letter.New(), goes = Letter.New();
        await SendAsync(site, "v@other.test", waits);
        await SendAsync(site, PosternSite.Bob, goes);
        await Eventually.HoldsAsync("other mail is delivered", () => !site.Store.MessagesOf(PosternSite.Bob, goes).IsEmpty);
        Assert.Empty(site.Outside.MessagesWith(waits));
        Assert.Contains($"{smartHost}  stopped", (await site.RunAsync("queue", "summary", "--by", "host")).Exits(0).Output, StringComparison.Ordinal);
        (await site.RunAsync("queue", "start", "--host", smartHost)).Exits(0);
        await Eventually.HoldsAsync("the letter is sent", () => !site.Outside.MessagesWith(waits).IsEmpty);
    }

    [Fact]
    public async Task Failed_attempts_are_shown_with_the_message()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        site.Outside.Answer("RCPT", "450 4.2.0 greylisted");
        string id = await SendAsync(site, "v@other.test", Letter.New());
        await Eventually.HoldsAsync("it was tried", async () => (await site.RunAsync("queue", "show", id, "--history")).Exits(0).Output.Split("450 4.2.0 greylisted").Length > 2);
        JsonElement recipient = (await site.RunAsync("queue", "show", id, "--history", "--json")).Exits(0).Json.GetProperty("copies")[0].GetProperty("recipients")[0];
        Assert.Contains("450 4.2.0 greylisted", recipient.GetProperty("history")[0].GetProperty("reply").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Priority_and_what_the_sender_asked_for_are_shown_with_the_message()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
        string plain = await SendAsync(site, "v@other.test", Letter.New());
        string slow = await SendAsync(site, "v@other.test", Letter.New(), "Priority: non-urgent\r\n", " RET=HDRS ENVID=q1");
        Assert.Matches("(?m)^priority +normal$", (await site.RunAsync("queue", "show", plain)).Exits(0).Output);
        string shown = (await site.RunAsync("queue", "show", slow)).Exits(0).Output;
        foreach (string line in (string[])["priority +nonurgent", "envid +q1", "ret +HDRS"]) Assert.Matches($"(?m)^{line}$", shown);
        JsonElement json = (await site.RunAsync("queue", "show", slow, "--json")).Exits(0).Json;
        Assert.Equal(("nonurgent", "q1", "HDRS"), (json.GetProperty("priority").GetString(), json.GetProperty("envid").GetString(), json.GetProperty("ret").GetString()));
        json = (await site.RunAsync("queue", "show", plain, "--json")).Exits(0).Json;
        Assert.Equal(("normal", JsonValueKind.Null), (json.GetProperty("priority").GetString(), json.GetProperty("ret").ValueKind));
    }

    [Fact]
    public async Task Held_mail_waits_and_goes_when_it_is_released()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
        Letter first = Letter.New(), second = Letter.New();
        string id = await SendAsync(site, "v@other.test", first);
        await SendAsync(site, "w@other.test", second);
        Assert.Contains("1 recipients changed", (await site.RunAsync("queue", "hold", id, "--reason", "wait for the lawyer")).Exits(0).Output, StringComparison.Ordinal);
        Assert.Contains("wait for the lawyer", (await site.RunAsync("queue", "show", id, "--headers")).Exits(0).Output, StringComparison.Ordinal);
        (await site.RunAsync("queue", "start", "tcp_local")).Exits(0);
        await Eventually.HoldsAsync("the other letter is sent", () => !site.Outside.MessagesWith(second).IsEmpty);
        Assert.Empty(site.Outside.MessagesWith(first));
        (await site.RunAsync("queue", "release", "--state", "held", "--yes")).Exits(0);
        await Eventually.HoldsAsync("the released letter is sent", () => !site.Outside.MessagesWith(first).IsEmpty);
    }

    /// <summary>Whoever moved while his mail was held gets it at the new place, and mail that goes in circles stays.</summary>
    [Fact]
    public async Task Mail_released_from_the_hold_channel_is_routed_anew()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Append("aliases", "moving@example.com: @hold-daemon:moving@example.com\n");
        await using PosternProcess server = await site.ServeAsync();
        Letter straight = Letter.New(), round = Letter.New();
        string id = await SendAsync(site, "moving@example.com", straight);
        string looped = await SendAsync(site, "moving@example.com", round, string.Concat(Enumerable.Repeat("Received: from a.test by b.test; Mon, 4 May 2026 08:00:00 +0000\r\n", 60)));
        await HeldAsync(id, "hold channel");
        (await site.RunAsync("queue", "release", id)).Exits(0);
        await HeldAsync(id, "hold channel");

        site.Edit("aliases", text => text.Replace("@hold-daemon:moving@example.com", PosternSite.Ann, StringComparison.Ordinal));
        await server.ReloadAsync();
        await Eventually.HoldsAsync("he gets it at the new place, once the alias is in force", async () =>
        {
            await site.RunAsync("queue", "release", id);
            return !site.Store.MessagesOf(PosternSite.Ann, straight).IsEmpty;
        });
        await HeldAsync(looped, "too many Received fields");
        (await site.RunAsync("queue", "release", looped)).Exits(0);
        await HeldAsync(looped, "too many Received fields");
        Assert.Empty(site.Store.MessagesOf(PosternSite.Ann, round));
        (await site.RunAsync("queue", "release", looped, "--force")).Exits(0);
        await Eventually.HoldsAsync("what is forced goes", () => !site.Store.MessagesOf(PosternSite.Ann, round).IsEmpty);

        Task HeldAsync(string message, string reason) => Eventually.HoldsAsync(
            $"{message} is held", async () => (await site.RunAsync("queue", "show", message)).Output.Contains($"held: {reason}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Mail_released_from_another_channel_is_routed_anew_where_that_is_asked_for()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        (await site.RunAsync("queue", "stop", "ims-ms")).Exits(0);
        Letter stays = Letter.New(), moves = Letter.New();
        string[] ids = [await SendAsync(site, PosternSite.Ann, stays), await SendAsync(site, PosternSite.Ann, moves)];
        (await site.RunAsync(["queue", "hold", .. ids])).Exits(0);
        site.Append("aliases", $"{PosternSite.Ann}: v@other.test\n");
        await server.ReloadAsync();
        await Eventually.HoldsAsync("the alias is in force", async () =>
            !(await site.RunAsync("queue", "show", await SendAsync(site, PosternSite.Ann, Letter.New()))).Output.Contains("channel ims-ms", StringComparison.Ordinal));
        (await site.RunAsync("queue", "release", ids[0])).Exits(0);
        (await site.RunAsync("queue", "release", ids[1], "--rewrite")).Exits(0);
        (await site.RunAsync("queue", "start", "ims-ms")).Exits(0);
        await Eventually.HoldsAsync("one is delivered where it was to go, the other at the new place", () => !site.Store.MessagesOf(PosternSite.Ann, stays).IsEmpty && !site.Outside.MessagesWith(moves).IsEmpty);
        await site.QuietAsync();
        Assert.Empty(site.Store.MessagesOf(PosternSite.Ann, moves));
        Assert.Empty(site.Outside.MessagesWith(stays));
    }

    [Fact]
    public async Task Returned_mail_is_told_to_its_sender_and_deleted_mail_to_nobody()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
        string returned = await SendAsync(site, "returned@other.test", Letter.New());
        string deleted = await SendAsync(site, "deleted@other.test", Letter.New());
        string silent = await SendAsync(site, "silent@other.test", Letter.New());

        // Neither can be taken back, so each is asked for, and no answer is a no.
        ProgramResult asked = (await site.RunAsync("queue", "delete", deleted)).Exits(1);
        Assert.Contains("deleted@other.test", asked.Output, StringComparison.Ordinal);
        Assert.Contains("delete 1 recipients? [y/N]", asked.Error, StringComparison.Ordinal);
        Assert.Contains("nothing was changed", asked.Error, StringComparison.Ordinal);
        (await PosternCommand.RunWithInputAsync("y\n", "queue", "delete", deleted, "--config", site.Configuration)).Exits(0);
        (await site.RunAsync("queue", "return", silent, "--no-dsn", "--yes")).Exits(0);
        (await site.RunAsync("queue", "return", returned, "--text", "not wanted here", "--yes")).Exits(0);

        byte[] report = await Eventually.FindsAsync("the sender is told", () => site.Store.MessagesOf(PosternSite.Bob).FirstOrDefault());
        string text = System.Text.Encoding.UTF8.GetString(report);
        Assert.Contains("returned@other.test", text, StringComparison.Ordinal);
        Assert.Contains("Status: 5.7.0", text, StringComparison.Ordinal);
        Assert.Contains("not wanted here", text, StringComparison.Ordinal);
        await site.QuietAsync();
        Assert.Single(site.Store.MessagesOf(PosternSite.Bob));
        Assert.Equal(["stop tcp_local", $"delete {deleted}", $"return {silent}", $"return {returned}"], Operations(site));
    }

    [Fact]
    public async Task Mail_in_back_off_goes_at_once_when_a_retry_is_asked_for()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Edit("postern.cnf", text => text.Replace("PT1S", "P1D", StringComparison.Ordinal));
        site.Write("tcp_local_option", "HOST_BACKOFF=P1D\n");
        await site.Outside.DownAsync();
        await using PosternProcess server = await site.ServeAsync();
        Letter letter = Letter.New();
        await SendAsync(site, "v@other.test", letter);
        await Eventually.HoldsAsync("an attempt failed", async () => (await PlacesAsync(site)).SequenceEqual(["delayed"]));
        site.Outside.Up();
        (await site.RunAsync("queue", "retry", "--host", "no.such.host", "--yes")).Exits(1);
        (await site.RunAsync("queue", "retry", "--channel", "tcp_local", "--yes")).Exits(0);
        await Eventually.HoldsAsync("the letter is sent", () => !site.Outside.MessagesWith(letter).IsEmpty);
    }

    [Fact]
    public async Task Without_a_server_commands_work_on_the_queue_themselves()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        Letter kept = Letter.New(), deleted = Letter.New();
        string id;
        await using (PosternProcess server = await site.ServeAsync())
        {
            (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
            id = await SendAsync(site, "kept@other.test", kept);
            await SendAsync(site, "deleted@other.test", deleted);
            Assert.Equal(0, await server.StopAsync());
        }

        JsonElement dry = (await site.RunAsync("queue", "delete", "--to", "deleted@*", "--dry-run", "--json")).Exits(0).Json;
        Assert.Equal((true, 1, 0), (dry.GetProperty("dry_run").GetBoolean(), dry.GetProperty("recipients").GetInt32(), dry.GetProperty("changed").GetInt32()));
        JsonElement done = (await site.RunAsync("queue", "delete", "--to", "deleted@*", "--yes", "--json")).Exits(0).Json;
        Assert.Equal((false, 1, 1), (done.GetProperty("dry_run").GetBoolean(), done.GetProperty("recipients").GetInt32(), done.GetProperty("changed").GetInt32()));
        (await site.RunAsync("queue", "delete")).Exits(2);
        Assert.Contains(id, (await site.RunAsync("queue", "list", "--from", PosternSite.Bob, "--newer", "1h", "--state", "active")).Exits(0).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(id, (await site.RunAsync("queue", "list", "--older", "1h")).Exits(0).Output, StringComparison.Ordinal);
        JsonElement top = (await site.RunAsync("queue", "top", "--by", "to-domain", "--json")).Exits(0).Json.GetProperty("values")[0];
        Assert.Equal(("other.test", 1), (top.GetProperty("value").GetString(), top.GetProperty("recipients").GetInt32()));
        top = (await site.RunAsync("queue", "top", "--by", "subject", "--json")).Exits(0).Json.GetProperty("values")[0];
        Assert.Equal((kept.Subject, 1), (top.GetProperty("value").GetString(), top.GetProperty("recipients").GetInt32()));
        Assert.Contains(id, (await site.RunAsync("queue", "list", "--subject", kept.Subject[1..^1].ToUpperInvariant())).Exits(0).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(id, (await site.RunAsync("queue", "list", "--subject", $"{kept.Subject[1..^1]}*")).Exits(0).Output, StringComparison.Ordinal);
        (await site.RunAsync("queue", "hold", "--subject", kept.Subject, "--to", "nobody@*", "--yes")).Exits(1);
        Assert.Contains("1 recipients changed", (await site.RunAsync("queue", "hold", "--subject", kept.Subject, "--to", "nobody@*", "--match", "or", "--yes")).Exits(0).Output, StringComparison.Ordinal);
        (await site.RunAsync("queue", "release", "--subject", kept.Subject, "--yes")).Exits(0);
        JsonElement host = (await site.RunAsync("queue", "summary", "--by", "host", "--json")).Exits(0).Json.GetProperty("hosts")[0];
        Assert.Equal(1, host.GetProperty("active").GetInt32());
        JsonElement sender = Assert.Single((await site.RunAsync("queue", "summary", "--by", "from", "--json")).Exits(0).Json.GetProperty("senders").EnumerateArray().ToArray());
        Assert.Equal((PosternSite.Bob, 1, 1), (sender.GetProperty("from").GetString(), sender.GetProperty("active").GetInt32(), sender.GetProperty("copies").GetInt32()));
        Assert.Contains(PosternSite.Bob, (await site.RunAsync("queue", "summary", "--by", "from", "--channel", "tcp_local")).Exits(0).Output, StringComparison.Ordinal);
        Assert.DoesNotContain(PosternSite.Bob, (await site.RunAsync("queue", "summary", "--by", "from", "--channel", "ims-ms")).Exits(0).Output, StringComparison.Ordinal);
        (await site.RunAsync("queue", "start", "tcp_local")).Exits(0);

        await using PosternProcess second = await site.ServeAsync();
        await Eventually.HoldsAsync("what was kept is sent", () => !site.Outside.MessagesWith(kept).IsEmpty);
        await site.QuietAsync();
        Assert.Empty(site.Outside.MessagesWith(deleted));
    }

    [Fact]
    public async Task Mail_is_chosen_by_its_subject_through_the_server_and_listed_in_the_order_asked_for()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        await using PosternProcess server = await site.ServeAsync();
        (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
        Letter prize = Letter.New();
        string[] ids = [await SendAsync(site, "b@other.test", Letter.New()), await SendAsync(site, "c@other.test", prize, "X-Long: very\r\n"), await SendAsync(site, "a@other.test", Letter.New())];
        Assert.Equal("0 1 2", await ListedAsync());
        Assert.Equal("2 1 0", await ListedAsync("--reverse"));
        Assert.Equal("2 0 1", await ListedAsync("--sort", "to"));
        Assert.Equal("1 0 2", await ListedAsync("--sort", "to", "--reverse"));
        Assert.Equal("1", await ListedAsync("--sort", "size", "--limit", "1"));
        Assert.Equal("1", await ListedAsync("--subject", prize.Subject, "--sort", "age"));
        (await site.RunAsync("queue", "list", "--sort", "beauty")).Exits(2);
        (await site.RunAsync("queue", "delete", "--match", "or", "--yes")).Exits(2);

        (await site.RunAsync("queue", "delete", "--subject", prize.Subject, "--to", "a@other.test", "--match", "or", "--yes")).Exits(0);
        Assert.Equal("0", await ListedAsync());

        async Task<string> ListedAsync(params string[] options) => string.Join(
            ' ', (await site.RunAsync(["queue", "list", "--json", .. options])).Exits(0).Json.GetProperty("recipients").EnumerateArray().Select(r => Array.IndexOf(ids, r.GetProperty("id").GetString())));
    }

    [Fact]
    public async Task Server_without_a_console_cannot_be_asked()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        site.Edit("option.dat", text => text.Replace($"CONSOLE_PORT={site.ConsolePort}", "CONSOLE_PORT=0", StringComparison.Ordinal));
        await using PosternProcess server = await site.ServeAsync();
        Assert.Contains("CONSOLE_PORT=0", (await site.RunAsync("queue", "stop", "tcp_local")).Exits(3).Error, StringComparison.Ordinal);
    }

    private static async Task<string> SendAsync(PosternSite site, string recipient, Letter letter, string fields = "", string parameters = "")
    {
        using SmtpDialogue dialogue = await SmtpDialogue.OpenAsync(Client.Internal, site.Port);
        string reply = await dialogue.SayAsync($"MAIL FROM:<{PosternSite.Bob}>{parameters}");
        if (reply.StartsWith('2')) reply = await dialogue.SayAsync($"RCPT TO:<{recipient}>");
        if (reply.StartsWith('2')) reply = await dialogue.SayAsync("DATA");
        if (reply.StartsWith('3')) reply = await dialogue.SayAsync(fields + letter.AfterData);
        Assert.StartsWith("250 2.0.0 queued as ", reply, StringComparison.Ordinal);
        return reply["250 2.0.0 queued as ".Length..].Trim();
    }

    [Fact]
    public async Task Changes_without_a_server_are_in_the_transaction_log_too()
    {
        await using PosternSite site = await PosternSite.CreateAsync();
        string id;
        await using (PosternProcess server = await site.ServeAsync())
        {
            (await site.RunAsync("queue", "stop", "tcp_local")).Exits(0);
            id = await SendAsync(site, "v@other.test", Letter.New());
            Assert.Equal(0, await server.StopAsync());
        }

        (await site.RunAsync("queue", "hold", id)).Exits(0);
        (await site.RunAsync("queue", "delete", id, "--yes")).Exits(0);
        string[] told =
        [
            .. File.ReadAllLines(Path.Combine(site.Configuration, "data", "log", "mail.log_current")).Select(line => JsonDocument.Parse(line).RootElement)
                .Where(e => e.TryGetProperty("qi", out JsonElement of) && of.GetString() == id && e.TryGetProperty("us", out _))
                .Select(e => $"{e.GetProperty("ac").GetString()} {e.GetProperty("de").GetString()}"),
        ];
        Assert.Equal(["H v@other.test", "K v@other.test"], told);
    }

    /// <summary>Where recipients for the world outside stand, one word each.</summary>
    private static async Task<string[]> PlacesAsync(PosternSite site)
    {
        JsonElement channel = (await site.RunAsync("queue", "summary", "--channel", "tcp_local", "--json")).Exits(0).Json.GetProperty("channels")[0];
        return [.. ((string[])["active", "delayed", "claimed", "held"]).SelectMany(place => Enumerable.Repeat(place, channel.GetProperty(place).GetInt32()))];
    }

    /// <summary>The operator log, short; every line names somebody.</summary>
    private static string[] Operations(PosternSite site) =>
    [
        .. File.ReadAllLines(Path.Combine(site.Configuration, "data", "log", "operator.jsonl")).Select(line =>
        {
            using JsonDocument entry = JsonDocument.Parse(line);
            Assert.NotEmpty(entry.RootElement.GetProperty("user").GetString()!);
            string? id = entry.RootElement.GetProperty("id").GetString();
            return $"{entry.RootElement.GetProperty("verb").GetString()} {id ?? entry.RootElement.GetProperty("channel").GetString()}";
        }),
    ];
}
