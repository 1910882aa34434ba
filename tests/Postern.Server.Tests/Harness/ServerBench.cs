using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Server.Dns;
using Postern.Server.Ldap;
using Postern.Server.Listening;
using Postern.Server.Logs;
using Postern.Server.Operations;
using Postern.Server.Sessions;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Tests.Harness;

/// <summary>The services of a server without sockets: a queue in memory, a clock of the test's.</summary>
internal sealed class ServerBench : IAsyncDisposable
{
    public const string Outsider = "203.0.113.9";
    public const string Insider = "10.1.1.7";

    private readonly TemporaryDirectory _directory = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly DecisionLog _decisions;
    private readonly TransactionLog _transactions;
    private readonly List<Task> _sessions = [];

    public ServerBench(
        ConfigurationSnapshot? snapshot = null, bool withTls = false, IDnsLookup? dns = null, Func<IQueueStore, IQueueStore>? disk = null, bool servesDelays = true)
    {
        Live = new LiveConfiguration(snapshot ?? Site.Snapshot());
        LogKey key = new(_directory.Combine("log.key"));
        Queue = new MemoryQueueStore(Time);
        _decisions = new DecisionLog(Lines(DecisionFile), Logs, key, Lost);
        _transactions = new TransactionLog(Lines(TransactionFile), Lines(_directory.Combine("log", "connection.log_current")), Logs, key, Lost);
        TlsIdentity tls = Tls;
        if (withTls)
        {
            TlsFiles files = TlsFiles.Of(Live.Current) with { Certificate = _directory.Combine("cert.pem"), Key = _directory.Combine("key.pem") };
            TlsCertificate.WriteSelfSigned(files.Certificate, files.Key, "mail.example.com", DateTimeOffset.UtcNow);
            Assert.True(tls.TryLoad(files, out Mapping.Text.Diagnostic? fault), fault?.ToString());
        }

        Throttles = new ThrottleTables(() => Live.Current.Throttles, new MemoryThrottleStore(Time));
        GreylistStore = new GreylistStore(_directory.Combine("greylist.db"));
        Directory = new DirectoryService(() => Live.Current, Time, Log);
        CalloutLoop callouts = new(new ServerCallouts(new DnsRoutines(dns ?? new ScriptedDns()), Throttles, Directory, new Greylist(() => Live.Current.Options.Greylist, GreylistStore, Time)), Time);
        Services = new SessionServices(Live, disk?.Invoke(Queue) ?? Queue, _decisions, tls, Time, Log, () => { }, callouts, Directory)
        {
            Transactions = _transactions,
            ServesDelays = servesDelays,
            Dns = dns,
            Identities = new IdentityWatch(Time, (client, names) => ServerLog.StrangersBehind(Log, client, names)),
            Names = dns is ScriptedDns scripted ? new ClientNames(scripted, scripted, Time) : null,
        };
    }

    public FakeTime Time { get; } = new();

    public TlsIdentity Tls { get; } = new();

    public LiveConfiguration Live { get; }

    public KeptLog Log { get; } = new();

    public MemoryQueueStore Queue { get; }

    public SessionServices Services { get; }

    public ThrottleTables Throttles { get; }

    public GreylistStore GreylistStore { get; }

    public DirectoryService Directory { get; }

    public string DecisionFile => _directory.Combine("log", "decisions.jsonl");

    public string TransactionFile => _directory.Combine("log", "mail.log_current");

    /// <summary>The decision with this id, as its line; null when there is none.</summary>
    public async Task<string?> DecisionAsync(string id)
    {
        await _decisions.FlushAsync();
        return DecisionLog.Find(DecisionFile, id);
    }

    /// <summary>All decisions written so far.</summary>
    public async Task<string[]> DecisionsAsync()
    {
        await _decisions.FlushAsync();
        return File.Exists(DecisionFile) ? await File.ReadAllLinesAsync(DecisionFile) : [];
    }

    /// <summary>All transactions written so far.</summary>
    public async Task<string[]> TransactionsAsync()
    {
        await _transactions.FlushAsync();
        return File.Exists(TransactionFile) ? await File.ReadAllLinesAsync(TransactionFile) : [];
    }

    /// <summary>A client connects; the session runs until it ends by itself.</summary>
    /// <param name="presumed">what the session begins with instead of a handshake and AUTH; null is an ordinary one.</param>
    public Connection Connect(string client = Outsider, string service = "smtp", string? early = null, int port = 25, (string? Tls, string? User)? presumed = null,
        PeerRights rights = PeerRights.None, Func<IPAddress, SmtpReply?>? moveTo = null)
    {
        Connection connection = new();
        if (early is not null) connection.SendAsync(early).GetAwaiter().GetResult();
        ClientConnection described = new(IPAddress.Parse(client), 40000, IPAddress.Parse("192.0.2.25"), port, service) { Rights = rights };
        _sessions.Add(Task.Run(async () =>
        {
            await using ClientTransport transport = new(connection) { PresumedTls = presumed?.Tls };
            try
            {
                SessionRunner session = new(Services, transport, described, _stopping.Token) { PresumedUser = presumed?.User, MoveTo = moveTo };
                await session.RunAsync(implicitTls: presumed?.Tls is not null, CancellationToken.None);
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

    private static void Lost(LogLoss loss) => Assert.Fail(loss.ToString());

    private LogOptions Logs() => Live.Current.Options.Logs;

    private RotatingFile Lines(string file) => new(new LogFiles(file), Logs, Time);

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
        await _decisions.DisposeAsync();
        await _transactions.DisposeAsync();
        await Queue.DisposeAsync();
        await Directory.DisposeAsync();
        GreylistStore.Dispose();
        _stopping.Dispose();
        _directory.Dispose();
    }
}
