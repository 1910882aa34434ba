using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Listening;

/// <summary>
/// A listener on all addresses is one socket of both families, where an IPv4 client has the address <c>::ffff:a.b.c.d</c>. Policy and logs must see the IPv4
/// address, or rules about it would be missed, or hit by others.
/// </summary>
public sealed class DualStackTests
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.5", "127.0.0.5")]
    [InlineData("::ffff:127.0.0.5", "127.0.0.5")]
    [InlineData("::1", "::1")]
    public async Task A_client_has_the_address_of_its_family(string source, string seen)
    {
        await using ServerBench bench = new();
        await using SocketBench server = await SocketBench.StartAsync(bench, change: l => l with { InterfaceAddresses = [IPAddress.Any] });
        Assert.StartsWith("220 ", (await SayAsync(server.Port, source, "QUIT"))[0]);
        JsonElement opened = JsonDocument.Parse((await bench.TransactionsAsync())[0]).RootElement;
        Assert.Equal(seen, opened.GetProperty("tr").GetString()!.Split('|')[3]);
    }

    [Theory]
    [InlineData("127.0.0.5")]
    [InlineData("::ffff:127.0.0.5")]
    public async Task A_rule_about_an_IPv4_address_meets_it_however_it_comes(string source)
    {
        await using ServerBench bench = new(Site.Snapshot(("mappings", text => text.Replace("PORT_ACCESS\n\n", "PORT_ACCESS\n\n  TCP|*|*|$(127.0.0.5/32)|*  $N554$ not$ you\n", StringComparison.Ordinal))));
        await using SocketBench server = await SocketBench.StartAsync(bench, change: l => l with { InterfaceAddresses = [IPAddress.Any] });
        Assert.StartsWith("554 not you ", Assert.Single(await SayAsync(server.Port, source)));
        Assert.StartsWith("220 ", (await SayAsync(server.Port, "127.0.0.6", "QUIT"))[0]);
    }

    private static async Task<string[]> SayAsync(int port, string source, params string[] lines)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        IPAddress from = IPAddress.Parse(source);
        using Socket socket = new(from.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (from.IsIPv4MappedToIPv6) socket.DualMode = true;
        socket.Bind(new IPEndPoint(from, 0));
        IPAddress to = from.IsIPv4MappedToIPv6 ? IPAddress.Parse("::ffff:127.0.0.1") : from.AddressFamily == AddressFamily.InterNetwork ? IPAddress.Loopback : IPAddress.IPv6Loopback;
        await socket.ConnectAsync(to, port, cancel);
        await using NetworkStream stream = new(socket);
        using StreamReader reader = new(stream, Encoding.ASCII);
        List<string> replies = [(await reader.ReadLineAsync(cancel))!];
        foreach (string line in lines)
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), cancel);
            replies.Add((await reader.ReadLineAsync(cancel))!);
        }

        return [.. replies];
    }
}
