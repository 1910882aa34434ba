using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Console;
using Postern.Policy.Configuration;
using Postern.Server.Listening;

namespace Postern.Server.Operations;

/// <summary>
/// The whole running server: queue, delivery, listeners, console. Everything is opened before the first port is; what fails
/// is told in one line and leaves nothing behind.
/// </summary>
public sealed class PosternHost : IAsyncDisposable
{
    /// <summary>A stop waits so long for transactions and deliveries under way, then cuts them.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(30);

    private readonly WebApplication _application;
    private readonly ServerParts _parts;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly ILogger _logger;
    private readonly Task _deliveries;
    private readonly Task _lists;
    private readonly Task _certificates;
    private bool _stopped;

    private PosternHost(WebApplication application, ServerParts parts, TimeProvider time, ILoggerFactory loggers, ILogger logger)
    {
        _application = application;
        _parts = parts;
        _time = time;
        _loggers = loggers;
        _logger = logger;
        _deliveries = Task.Run(() => parts.Runner.RunAsync(parts.Stopping.Token, parts.Cut.Token));
        _lists = Task.Run(() => parts.Lists.RunAsync(parts.Stopping.Token));
        _certificates = Task.Run(() => parts.Certificates.RunAsync(parts.Stopping.Token));
    }

    /// <summary>Opens everything and listens.</summary>
    /// <param name="configure">has the last word on the listeners.</param>
    /// <param name="map">adds the console's pages; not called when there is no console.</param>
    /// <exception cref="StartFailedException">nothing was started.</exception>
    public static async Task<PosternHost> StartAsync(
        string directory,
        ConfigurationSnapshot snapshot,
        TimeProvider time,
        Action<KestrelServerOptions> configure,
        Action<WebApplication, ServerView> map,
        CancellationToken cancellationToken)
    {
        if (RelayGuard.Fault(snapshot) is { } open) throw new StartFailedException(open);
        if (snapshot.Listeners.IsEmpty) throw new StartFailedException("dispatcher.cnf has no service: nothing to listen for");
        PortCheck.ThrowIfTaken(snapshot);

        ILoggerFactory loggers = LoggerFactory.Create(Log);
        ILogger logger = loggers.CreateLogger("postern");
        ServerParts? parts = null;
        WebApplication? application = null;
        try
        {
            parts = await ServerParts.OpenAsync(directory, snapshot, time, logger, cancellationToken);
            application = Build(snapshot, parts, loggers, configure);
            if (snapshot.Options.ConsolePort > 0) map(application, parts.View);
            await application.StartAsync(cancellationToken);
            parts.WriteProcessId();
            ServerLog.Started(logger, snapshot.Version);
            return new PosternHost(application, parts, time, loggers, logger);
        }
        catch (Exception e)
        {
            if (application is not null) await application.DisposeAsync();
            if (parts is not null) await parts.DisposeAsync();
            loggers.Dispose();
            if (e is IOException or UnauthorizedAccessException or System.Net.Sockets.SocketException)
                throw new StartFailedException(e.Message, e);
            throw;
        }
    }

    private static void Log(ILoggingBuilder logging)
    {
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddSimpleConsole(options =>
        {
            options.SingleLine = true;
            options.UseUtcTimestamp = true;
            options.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
            options.ColorBehavior = LoggerColorBehavior.Disabled;
        });
    }

    private static WebApplication Build(ConfigurationSnapshot snapshot, ServerParts parts, ILoggerFactory loggers, Action<KestrelServerOptions> configure)
    {
        // Empty: neither settings files nor the environment may open a port.
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddSingleton<IHostLifetime, QuietLifetime>();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = StopLimit);
        builder.Services.Configure<SocketTransportOptions>(options => options.Backlog = snapshot.Listeners.Max(l => l.Backlog));
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            foreach (SmtpListener listener in parts.Listeners) listener.Bind(kestrel);
            if (snapshot.Options.ConsolePort > 0) kestrel.Listen(IPAddress.Loopback, snapshot.Options.ConsolePort);
            configure(kestrel);
        });
        return builder.Build();
    }

    /// <summary>What a person wants to know once the server runs; the last line can be copied and run.</summary>
    public IEnumerable<string> Announcement()
    {
        ConfigurationSnapshot snapshot = _parts.View.Configuration.Current;
        yield return $"postern {_parts.View.Version} for {snapshot.DefaultDomain}, configuration {snapshot.Directory}";
        foreach (ListenerStatus listener in _parts.View.Listeners())
            yield return $"{listener.Service}: {listener.Endpoints}, channel {listener.Channel}";
        if (snapshot.Options.ConsolePort > 0)
            yield return $"console: http://127.0.0.1:{snapshot.Options.ConsolePort}/, token in {_parts.Places.ConsoleToken}";
        int? port = snapshot.Listeners.SelectMany(l => l.Ports).Select(p => (int?)p).FirstOrDefault();
        if (port is not null)
            yield return $"try: swaks --server 127.0.0.1:{port} --from you@example.net --to postmaster@{snapshot.DefaultDomain}";
    }

    /// <summary>Loads the configuration anew, or keeps the old one and says why.</summary>
    public ReloadOutcome Reload() => _parts.View.Reload();

    /// <summary>Runs until <paramref name="cancellationToken"/>, then stops in order: no new connections, idle sessions get 421, what is under way may end.</summary>
    public async Task WaitForStopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, _time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            await StopAsync();
        }
    }

    public async ValueTask DisposeAsync() => await StopAsync();

    private async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        ServerLog.Stopping(_logger);
        await _parts.Stopping.CancelAsync();
        await using (ITimer limit = _time.CreateTimer(_ => _parts.Cut.Cancel(), null, StopLimit, Timeout.InfiniteTimeSpan))
        {
            await _application.StopAsync(_parts.Cut.Token);
            await Task.WhenAll(_deliveries, _lists, _certificates);
        }

        await _application.DisposeAsync();
        await _parts.DisposeAsync();
        ServerLog.Stopped(_logger);
        _loggers.Dispose();
    }
}
