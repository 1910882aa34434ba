using System.Net;
using System.Text;
using Postern.WebConsole.Tests.Harness;

namespace Postern.WebConsole.Tests;

/// <summary>Where <c>postern queue</c> asks the running server.</summary>
public sealed class OperatorEndpointTests
{
    private const string Stop = """{"verb":"stop","user":"kim","channel":"tcp_local"}""";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_request_with_the_token_is_done_and_answered()
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        Assert.Equal((HttpStatusCode.OK, """{"changed":1,"busy":0,"unreadable":0}"""), await PostAsync(console, Stop));
        Assert.Equal(["tcp_local"], await console.Queue.StoppedAsync(Cancellation));
        Assert.Equal((HttpStatusCode.OK, """{"changed":0,"busy":0,"unreadable":0}"""), await PostAsync(console, Stop));
    }

    [Theory]
    [InlineData("Bearer wrong", "application/json", Stop, HttpStatusCode.Unauthorized)]
    [InlineData(null, "application/x-www-form-urlencoded", Stop, HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, "text/plain", Stop, HttpStatusCode.UnsupportedMediaType)]
    [InlineData(null, "application/json", "", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", "[]", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"delete"}""", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"destroy","user":"kim"}""", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"4","user":"kim"}""", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"stop","user":"kim"}""", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"delete","user":"kim","ids":["x"]}""", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"delete","user":"kim","chanel":"tcp_local"}""", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"delete","user":"kim","state":"lost"}""", HttpStatusCode.BadRequest)]
    [InlineData(null, "application/json", """{"verb":"delete","user":"kim","tried":"no"}""", HttpStatusCode.BadRequest)]
    public async Task Anything_else_is_refused_and_nothing_is_done(string? authorization, string contentType, string body, HttpStatusCode refusal)
    {
        await using RunningConsole console = await RunningConsole.StartAsync();
        Assert.Equal(refusal, (await PostAsync(console, body, contentType, authorization)).Status);
        Assert.Empty(await console.Queue.StoppedAsync(Cancellation));
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(
        RunningConsole console, string body, string contentType = "application/json", string? authorization = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, OperatorEndpoint.Path) { Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body)) };
        request.Content.Headers.ContentType = new(contentType);
        request.Headers.TryAddWithoutValidation("Authorization", authorization ?? $"Bearer {RunningConsole.Token}");
        using HttpResponseMessage response = await console.Client.SendAsync(request, Cancellation);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Cancellation));
    }
}
