using System.Collections.Immutable;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.WebConsole.Tests.Harness;

/// <summary>The console on a free loopback port over a queue in memory, and a browser without habits: no cookies, no redirects.</summary>
internal sealed class RunningConsole : IAsyncDisposable
{
    public const string Token = "0123456789abcdef";

    private readonly WebApplication _application;
    private readonly TemporaryDirectory _directory;

    private RunningConsole(WebApplication application, MemoryQueueStore queue, TemporaryDirectory directory)
    {
        _directory = directory;
        _application = application;
        Queue = queue;
        Client = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = new Uri(application.Urls.Single()) };
    }

    public MemoryQueueStore Queue { get; }

    public HttpClient Client { get; }

    public int Reloads { get; private set; }

    public static async Task<RunningConsole> StartAsync()
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0));
        WebApplication application = builder.Build();
        MemoryQueueStore queue = new(TimeProvider.System);
        RunningConsole? running = null;
        TemporaryDirectory directory = new();
        ServerView view = new(
            "9.8.7",
            DateTimeOffset.UnixEpoch,
            new LiveConfiguration(Site.Snapshot()),
            queue,
            new OperatorDesk(queue, new OperatorLog(directory.Combine("operator.jsonl"), TimeProvider.System), _ => { }),
            Token,
            () => [new ListenerStatus("smtp", "tcp_local", "*:2525", 3)],
            () =>
            {
                running!.Reloads++;
                return new ReloadOutcome(true, 7, [], []);
            });
        ConsolePages.Map(application, view);
        await application.StartAsync(TestContext.Current.CancellationToken);
        return running = new RunningConsole(application, queue, directory);
    }

    /// <summary>Asks as somebody who has the token.</summary>
    public async Task<HttpResponseMessage> AskAsync(string path, HttpMethod? method = null)
    {
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, path);
        request.Headers.Authorization = new("Bearer", Token);
        return await Client.SendAsync(request, TestContext.Current.CancellationToken);
    }

    public async Task<string> ReadAsync(string path)
    {
        using HttpResponseMessage response = await AskAsync(path);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _application.DisposeAsync();
        await Queue.DisposeAsync();
        _directory.Dispose();
    }
}
