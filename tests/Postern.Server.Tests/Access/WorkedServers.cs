using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Access;

/// <summary>The servers of the worked cases, each with its configuration, started when a case first needs it.</summary>
public sealed class WorkedServers : IAsyncDisposable
{
    // The rows with a user need TLS to log in.
    private static readonly SiteFiles Seed = SiteFiles.Read("access/site").With("postern.cnf", text => text.Replace(" maysaslserver", " maytlsserver maysaslserver", StringComparison.Ordinal));

    private readonly Dictionary<string, (ServerBench Bench, SocketBench Socket)> _started = new(StringComparer.Ordinal);

    /// <param name="configuration"><c>seed</c>: the published table alone; <c>routelocal</c>: the same with routelocal on tcp_intranet; <c>initial</c>: the initial configuration.</param>
    internal async Task<(ServerBench Bench, SocketBench Socket)> GetAsync(string configuration)
    {
        if (_started.TryGetValue(configuration, out (ServerBench, SocketBench) running)) return running;
        SiteFiles files = configuration switch
        {
            "seed" => Seed,
            "routelocal" => Seed.With("postern.cnf", text => text.Replace("tcp_intranet smtp", "tcp_intranet routelocal smtp", StringComparison.Ordinal)),
            "initial" => InitialSite.Files,
            _ => throw new InvalidDataException($"no configuration is called \"{configuration}\""),
        };
        files = files.With("users", text => text.Replace("bob@example.com *", Site.Bob, StringComparison.Ordinal));
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        Assert.True(loaded.Snapshot is not null, string.Join('\n', loaded.Diagnostics));
        ServerBench bench = new(loaded.Snapshot, withTls: true);
        SocketBench socket = await SocketBench.StartAsync(bench, isProxied: true);
        _started[configuration] = (bench, socket);
        return (bench, socket);
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((ServerBench bench, SocketBench socket) in _started.Values)
        {
            await socket.DisposeAsync();
            await bench.DisposeAsync();
        }
    }
}
