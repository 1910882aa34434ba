using System.Net;
using Postern.Queue;
using Postern.WebConsole.Tests.Harness;

namespace Postern.WebConsole.Tests;

public sealed class ConsoleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/queue")]
    [InlineData("/explain?ip=203.0.113.9&to=v@other.example")]
    [InlineData("/nothing")]
    public async Task Nothing_is_shown_without_the_token(string path)
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        foreach (string? authorization in (string?[])[null, "Bearer wrong", "Bearer ", "Basic MDEyMzQ1Njc4OWFiY2RlZg=="])
        {
            using HttpRequestMessage request = new(HttpMethod.Get, path);
            if (authorization is not null) request.Headers.TryAddWithoutValidation("Authorization", authorization);
            using HttpResponseMessage response = await console.Client.SendAsync(request, Cancellation);
            Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
            Assert.DoesNotContain("9.8.7", await response.Content.ReadAsStringAsync(Cancellation));
        }
    }

    [Fact]
    public async Task Nothing_is_done_without_the_token()
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        using HttpResponseMessage refused = await console.Client.PostAsync("/reload", null, Cancellation);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(0, console.Reloads);
        using HttpResponseMessage done = await console.AskAsync("/reload", HttpMethod.Post);
        Assert.Contains("configuration 7 is in force", await done.Content.ReadAsStringAsync(Cancellation));
        Assert.Equal(1, console.Reloads);
    }

    [Fact]
    public async Task Signing_in_sets_a_cookie_that_no_script_and_no_other_site_can_use()
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        using HttpResponseMessage wrong = await SignInAsync(console, "wrong");
        Assert.Equal(HttpStatusCode.Unauthorized, wrong.StatusCode);
        Assert.False(wrong.Headers.Contains("Set-Cookie"));

        using HttpResponseMessage right = await SignInAsync(console, RunningConsole.Token);
        Assert.Equal(HttpStatusCode.Redirect, right.StatusCode);
        string cookie = Assert.Single(right.Headers.GetValues("Set-Cookie"));
        Assert.Contains("samesite=strict", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);

        using HttpRequestMessage request = new(HttpMethod.Get, "/");
        request.Headers.Add("Cookie", cookie.Split(';')[0]);
        using HttpResponseMessage shown = await console.Client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.OK, shown.StatusCode);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("192.0.2.25")]
    public async Task Other_host_names_are_refused_even_with_the_token(string host)
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        using HttpRequestMessage request = new(HttpMethod.Get, "/");
        request.Headers.Host = host;
        request.Headers.Authorization = new("Bearer", RunningConsole.Token);
        using HttpResponseMessage response = await console.Client.SendAsync(request, Cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Pages_allow_no_script_and_are_not_kept()
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        foreach (string path in (string[])["/", "/queue", "/explain", "/sign-in"])
        {
            using HttpResponseMessage response = await console.AskAsync(path);
            string policy = Assert.Single(response.Headers.GetValues("Content-Security-Policy"));
            Assert.StartsWith("default-src 'none';", policy);
            Assert.DoesNotContain("unsafe", policy);
            Assert.DoesNotContain("script-src", policy);
            Assert.Contains("no-store", response.Headers.CacheControl!.ToString());
            Assert.DoesNotContain("<script", await response.Content.ReadAsStringAsync(Cancellation));
        }
    }

    [Fact]
    public async Task Status_shows_version_generation_listeners_and_queue()
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        await EnqueueAsync(console, "kim@y.test", "s@ext.example");
        string page = await console.ReadAsync("/");
        foreach (string text in (string[])["9.8.7", ">generation</th><td>1<", "*:2525", "tcp_local", ">active<"]) Assert.Contains(text, page);
    }

    [Fact]
    public async Task What_a_stranger_wrote_is_text()
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        await EnqueueAsync(console, "\"<script>alert(1)</script>\"@y.test", "\"><img src=x onerror=alert(1)>\"@ext.example");
        string page = await console.ReadAsync("/queue?channel=tcp_local");
        Assert.DoesNotContain("<script>", page);
        Assert.DoesNotContain("<img", page);
        Assert.Contains("&lt;script&gt;", page);

        string filtered = await console.ReadAsync("/queue?channel=%22%3E%3Cscript%3E");
        Assert.DoesNotContain("<script>", filtered);
        string explained = await console.ReadAsync("/explain?ip=%3Cscript%3E&to=%22%3E%3Cscript%3E&from=%3Cscript%3E&auth=%3Cscript%3E&port=%3Cscript%3E");
        Assert.DoesNotContain("<script>", explained);
    }

    [Theory]
    [InlineData("ip=203.0.113.9&from=s@ext.example&to=v@other.example", "550 5.7.1 Relaying not permitted: v@other.example")]
    [InlineData("ip=10.1.1.7&from=bob@example.com&to=v@other.example", "verdict     accept")]
    [InlineData("ip=203.0.113.9&port=587&tls=on&from=bob@example.com&to=v@other.example", "530 5.7.0")]
    [InlineData("ip=203.0.113.9&port=587&tls=on&auth=bob@example.com&from=bob@example.com&to=v@other.example", "verdict     accept")]
    [InlineData("ip=203.0.113.9&from=&to=%3Cbob@example.com%3E", "queued      ims-ms")]
    [InlineData("ip=nonsense&from=&to=bob@example.com", "is no IP address")]
    [InlineData("ip=203.0.113.9&port=99&from=&to=bob@example.com", "no listener has port 99")]
    public async Task Explain_asks_the_same_policy(string query, string told)
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        Assert.Contains(told, WebUtility.HtmlDecode(await console.ReadAsync($"/explain?{query}")));
    }

    private static Task<HttpResponseMessage> SignInAsync(RunningConsole console, string token) =>
        console.Client.PostAsync("/sign-in", new FormUrlEncodedContent([new("token", token)]), Cancellation);

    private static async Task EnqueueAsync(RunningConsole console, string recipient, string sender)
    {
        QueueId id = QueueId.New(TimeProvider.System);
        await using IStagedMessage staged = console.Queue.Stage(id);
        await staged.WriteAsync("Subject: x\r\n\r\nx\r\n"u8.ToArray(), Cancellation);
        Envelope envelope = new(id, sender, null, ReturnContent.Unspecified, false, BodyType.SevenBit, DateTimeOffset.UtcNow, "tcp_local", "", "", null, null);
        NewCopy copy = new("tcp_local", sender, ReadOnlyMemory<byte>.Empty, null, [new NewRecipient(recipient, "y.test", null, DsnNotify.None, true)]);
        await console.Queue.CommitAsync(staged, envelope, [copy], [], Cancellation);
    }
}
