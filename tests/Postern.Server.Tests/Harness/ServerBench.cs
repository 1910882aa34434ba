using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Server.Dns;
using Postern.Server.Ldap;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Server.Sessions;

namespace Postern.Server.Tests.Harness;

/// <summary>The services of a server without sockets: a queue in memory, a clock of the test's.</summary>
internal sealed class ServerBench : IAsyncDisposable
{
    public const string Outsider = "203.0.113.9";
    public const string Insider = "10.1.1.7";

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly DecisionLog _decisions;
    private readonly List<Task> _sessions = [];

    public ServerBench(ConfigurationSnapshot? snapshot = null, bool withTls = false, IDnsLookup? dns = null, Func<IQueueStore, IQueueStore>? disk = null)
    {
        Live = new LiveConfiguration(snapshot ?? Site.Snapshot());
        Queue = new MemoryQueueStore(Time);
        _decisions = new DecisionLog(DecisionFile, e => Assert.Fail(e.Message));
        TlsIdentity tls = new();
        if (withTls)
        {
            TlsCertificate.WriteSelfSigned(_directory.Combine("cert.pem"), _directory.Combine("key.pem"), "mail.example.com", DateTimeOffset.UtcNow);
            Assert.True(tls.TryLoad(_directory.Combine("cert.pem"), _directory.Combine("key.pem"), out string? fault), fault);
        }

        Throttles = new ThrottleTables(() => Live.Current.Throttles, Time);
        Directory = new DirectoryService(() => Live.Current, Time, Log);
        CalloutLoop callouts = new(new ServerCallouts(new DnsRoutines(dns ?? new ScriptedDns()), Throttles, Directory), Time);
        Services = new SessionServices(Live, disk?.Invoke(Queue) ?? Queue, _decisions, tls, Time, Log, () => { }, callouts, Directory)
        {
            Dns = dns,
            Names = dns is ScriptedDns scripted ? new ClientNames(scripted, scripted, Time) : null,
        };
    }

    public FakeTime Time { get; } = new();

    public LiveConfiguration Live { get; }

    public KeptLog Log { get; } = new();

    public MemoryQueueStore Queue { get; }

    public SessionServices Services { get; }

    public ThrottleTables Throttles { get; }

    public DirectoryService Directory { get; }

    public string DecisionFile => _directory.Combine("log", "decisions.jsonl");

    /// <summary>A client connects; the session runs until it ends by itself.</summary>
    public Connection Connect(string client = Outsider, string service = "smtp", string? early = null)
    {
        Connection connection = new();
        if (early is not null) connection.SendAsync(early).GetAwaiter().GetResult();
        ClientConnection described = new(IPAddress.Parse(client), 40000, IPAddress.Parse("192.0.2.25"), 25, service);
        _sessions.Add(Task.Run(async () =>
        {
            await using ClientTransport transport = new(connection);
            try
            {
                await new SessionRunner(Services, transport, described, _stopping.Token).RunAsync(implicitTls: false, CancellationToken.None);
            }
            finally
            {
                await connection.Output.CompleteAsync();
            }
        }));
        return connection;
    }

    /// <summary>Connects, reads the greeting and says EHLO.</summary>
    public async Task<Connection> GreetAsync(string client = Outsider, string service = "smtp")
    {
        Connection connection = Connect(client, service);
        Assert.StartsWith("220 mail.example.com ", await connection.ReplyAsync());
        Assert.StartsWith("250", await connection.SayAsync("EHLO client.test"));
        return connection;
    }

    public void Stop() => _stopping.Cancel();

    public async Task<List<QueueEntry>> ListAsync()
    {
        List<QueueEntry> entries = [];
        await foreach (QueueEntry entry in Queue.ListAsync(new QueueFilter(), TestContext.Current.CancellationToken)) entries.Add(entry);
        return entries;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_sessions);
        _decisions.Dispose();
        await Queue.DisposeAsync();
        await Directory.DisposeAsync();
        _stopping.Dispose();
        _directory.Dispose();
    }
}
