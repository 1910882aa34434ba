using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Postern.Policy.Configuration;
using Postern.Server.Listening;

namespace Postern.Server.Tests.Harness;

/// <summary>The service smtp of a bench on a loopback port.</summary>
internal sealed class SocketBench : IAsyncDisposable
{
    /// <summary>Where connections come from that speak for somebody else.</summary>
    public static readonly IPAddress Proxy = IPAddress.Parse("127.0.0.2");

    private readonly WebApplication _application;

    private SocketBench(WebApplication application, int port)
    {
        _application = application;
        Port = port;
    }

    public int Port { get; }

    /// <param name="change">what else is to be in dispatcher.cnf.</param>
    /// <param name="isProxied">clients say who they are in a PROXY header.</param>
    public static async Task<SocketBench> StartAsync(ServerBench bench, bool isProxied = false, Func<ListenerDefinition, ListenerDefinition>? change = null)
    {
        ListenerDefinition listener = bench.Live.Current.Listeners.Single(l => l.Service == "smtp") with { Ports = [0], TlsPorts = [], InterfaceAddresses = [IPAddress.Loopback] };
        if (isProxied) listener = listener with { Proxies = [new IPNetwork(Proxy, 32)] };
        if (change is not null) listener = change(listener);
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(new SmtpListener(listener, bench.Services).Bind);
        WebApplication application = builder.Build();
        await application.StartAsync(TestContext.Current.CancellationToken);
        string address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return new SocketBench(application, new Uri(address).Port);
    }

    /// <summary>Connects, says the lines one by one, and gives the last line of each reply, the greeting first.</summary>
    public async Task<List<string>> SayAsync(params string[] lines)
    {
        CancellationToken cancel = TestContext.Current.CancellationToken;
        using TcpClient client = new();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancel);
        using StreamReader reader = new(client.GetStream());
        await using StreamWriter writer = new(client.GetStream()) { NewLine = "\r\n", AutoFlush = true };
        List<string> replies = [];
        await ReplyAsync();
        foreach (string line in lines)
        {
            await writer.WriteLineAsync(line.AsMemory(), cancel);
            await ReplyAsync();
        }

        return replies;

        async Task ReplyAsync()
        {
            string? reply;
            do reply = await reader.ReadLineAsync(cancel);
            while (reply is { Length: > 3 } && reply[3] == '-');
            replies.Add(reply ?? "(closed)");
        }
    }

    public async ValueTask DisposeAsync() => await _application.DisposeAsync();
}
