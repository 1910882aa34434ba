using System.Collections.Immutable;
using System.Globalization;
using System.Net;

namespace Postern.Cli.Tests.Harness;

/// <summary>The mail tester of Debian, a client that knows nothing of Postern.</summary>
public static class Swaks
{
    /// <summary>Sends a letter; what the server said comes back in order, greeting first.</summary>
    /// <param name="source">loopback address to connect from.</param>
    /// <param name="more">further options of swaks, such as <c>--tls</c>.</param>
    public static async Task<SwaksResult> SendAsync(IPAddress source, int port, string from, string to, Letter letter, params string[] more)
    {
        ProgramResult result = await ExternalProgram.RunAsync("swaks",
        [
            "--server", "127.0.0.1", "--port", port.ToString(CultureInfo.InvariantCulture), "--local-interface", source.ToString(),
            "--ehlo", "client.example", "--from", from.Length == 0 ? "<>" : from, "--to", to, "--data", letter.Text, .. more,
        ]);
        ImmutableArray<string> replies =
        [
            .. result.Output.Split('\n')
                .Where(line => line.Length > 4 && line.StartsWith('<') && line[1] is '-' or '~' or '*')
                .Select(line => line[4..].Trim()),
        ];
        return new SwaksResult(result.ExitCode, replies, result.Output);
    }
}
