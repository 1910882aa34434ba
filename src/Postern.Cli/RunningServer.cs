using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Postern.Queue;
using Postern.Server.Operations;
using Postern.WebConsole;

namespace Postern.Cli;

/// <summary>The server that runs on this configuration, as its console answers on loopback to whoever may read the token.</summary>
internal sealed class RunningServer(DataDirectory places, int consolePort)
{
    /// <summary>What a page says.</summary>
    /// <exception cref="ServerUnavailableException">the server cannot be reached.</exception>
    /// <exception cref="IOException">it refused.</exception>
    public Task<byte[]> GetAsync(string path, CancellationToken cancellationToken) => AskAsync(HttpMethod.Get, path, content: null, cancellationToken);

    /// <summary>Has the server do something with its queue. Takes as long as it takes.</summary>
    /// <inheritdoc cref="GetAsync"/>
    public async Task<OperatorOutcome> RunAsync(OperatorRequest request, CancellationToken cancellationToken)
    {
        using MemoryStream body = new();
        await using (Utf8JsonWriter json = new(body)) OperatorRequestJson.Write(json, request);
        using ByteArrayContent content = new(body.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        byte[] answer = await AskAsync(HttpMethod.Post, OperatorEndpoint.Path, content, cancellationToken);
        return OperatorRequestJson.ReadOutcome(answer) ?? throw new IOException("the running server did not answer as this version does");
    }

    private async Task<byte[]> AskAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        if (consolePort == 0) throw new ServerUnavailableException("the running server has no console to ask (CONSOLE_PORT=0)");
        if (ConsoleToken.Read(places.ConsoleToken) is not { } token) throw new ServerUnavailableException($"\"{places.ConsoleToken}\" holds no token to ask a server with");
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        using HttpRequestMessage message = new(method, $"http://127.0.0.1:{consolePort}{path}") { Content = content };
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using HttpResponseMessage response = await client.SendAsync(message, cancellationToken);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (response.IsSuccessStatusCode) return answer;
            string said = response.Content.Headers.ContentType?.MediaType == "text/html" ? "" : Encoding.UTF8.GetString(answer);
            throw new IOException($"the running server refused: {(int)response.StatusCode} {(said.Length > 0 ? said : response.ReasonPhrase)}");
        }
        catch (HttpRequestException e)
        {
            throw new ServerUnavailableException($"no server answers on console port {consolePort}: {e.Message}", e);
        }
    }
}
