using System.Net.Http.Headers;
using System.Text.Json;
using Postern.Queue;
using Postern.Server.Operations;
using Postern.WebConsole;

namespace Postern.Cli;

/// <summary>The server that runs on this configuration, as its console answers on loopback to whoever may read the token.</summary>
internal sealed class RunningServer(DataDirectory places, int consolePort)
{
    /// <exception cref="ServerUnavailableException">the server cannot be reached.</exception>
    /// <exception cref="IOException">it refused.</exception>
    public async Task<OperatorOutcome> RunAsync(OperatorRequest request, CancellationToken cancellationToken)
    {
        if (consolePort == 0) throw new ServerUnavailableException("a server is running on this queue, and it has no console to ask (CONSOLE_PORT=0): stop it first");
        if (ConsoleToken.Read(places.ConsoleToken) is not { } token) throw new ServerUnavailableException($"a server is running on this queue, and \"{places.ConsoleToken}\" holds no token to ask it with");
        using HttpClient client = new(new SocketsHttpHandler { UseProxy = false }) { Timeout = Timeout.InfiniteTimeSpan };
        using MemoryStream body = new();
        await using (Utf8JsonWriter json = new(body)) OperatorRequestJson.Write(json, request);
        using HttpRequestMessage message = new(HttpMethod.Post, $"http://127.0.0.1:{consolePort}{OperatorEndpoint.Path}") { Content = new ByteArrayContent(body.ToArray()) };
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using HttpResponseMessage response = await client.SendAsync(message, cancellationToken);
            byte[] answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
            if (response.IsSuccessStatusCode && OperatorRequestJson.ReadOutcome(answer) is { } outcome) return outcome;
            string said = response.Content.Headers.ContentType?.MediaType == "text/html" ? "" : System.Text.Encoding.UTF8.GetString(answer);
            throw new IOException($"the running server refused: {(int)response.StatusCode} {(said.Length > 0 ? said : response.ReasonPhrase)}");
        }
        catch (HttpRequestException e)
        {
            throw new ServerUnavailableException($"a process has this queue, and no server answers on console port {consolePort}: {e.Message}", e);
        }
    }
}
