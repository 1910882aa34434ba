using System.Net.Http.Headers;
using Postern.Policy.Configuration;
using Postern.Server.Operations;

namespace Postern.Cli;

/// <summary>The server that runs on a configuration, asked through its console on loopback.</summary>
internal static class RunningServer
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <returns>the body of the answer; null and one line why when no server can be asked.</returns>
    public static async Task<(byte[]? Body, string Fault)> GetAsync(string directory, ConfigurationSnapshot snapshot, string path, CancellationToken cancellationToken)
    {
        if (snapshot.Options.ConsolePort == 0) return (null, "the console is turned off (CONSOLE_PORT=0), so the server cannot be asked");
        if (ConsoleToken.Read(new DataDirectory(directory, snapshot).ConsoleToken) is not { } token) return (null, "no server has run on this configuration");
        using HttpClient client = new() { BaseAddress = new Uri($"http://127.0.0.1:{snapshot.Options.ConsolePort}"), Timeout = Patience };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            return (await client.GetByteArrayAsync(new Uri(path, UriKind.Relative), cancellationToken), "");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return (null, $"the server does not answer on port {snapshot.Options.ConsolePort}: {e.Message}");
        }
    }
}
