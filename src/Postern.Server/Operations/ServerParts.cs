using System.Collections.Immutable;
using System.Globalization;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Server.Delivery;
using Postern.Server.Delivery.Dsn;
using Postern.Server.Delivery.Maildir;
using Postern.Server.Delivery.Native;
using Postern.Server.Delivery.Pipe;
using Postern.Server.Delivery.Reprocess;
using Postern.Server.Delivery.Smtp;
using Postern.Server.Dns;
using Postern.Server.Ldap;
using Postern.Server.Listening;
using Postern.Server.Logs;
using Postern.Server.Sessions;

namespace Postern.Server.Operations;

/// <summary>The parts of a running server and how they depend on each other: the one place where they are put together.</summary>
internal sealed class ServerParts : IAsyncDisposable
{
    private readonly SqliteQueueStore _queue;
    private readonly DecisionLog _decisions;
    private readonly TransactionLog _transactions;
    private readonly IdentityGuard _identity;
    private readonly DirectoryService _directory;
    private readonly GreylistStore _greylist;
    private bool _ownsProcessId;

    private ServerParts(
        DataDirectory places,
        SqliteQueueStore queue,
        DecisionLog decisions,
        TransactionLog transactions,
        DeliveryRunner runner,
        ImmutableArray<SmtpListener> listeners,
        ServerView view,
        IdentityGuard identity,
        DirectoryService directory,
        ListFileWatch lists,
        CertificateWatch certificates,
        GreylistStore greylist)
    {
        Certificates = certificates;
        _greylist = greylist;
        _directory = directory;
        Lists = lists;
        Places = places;
        _queue = queue;
        _decisions = decisions;
        _transactions = transactions;
        Runner = runner;
        Listeners = listeners;
        View = view;
        _identity = identity;
    }

    public DataDirectory Places { get; }

    public DeliveryRunner Runner { get; }

    public ListFileWatch Lists { get; }

    public CertificateWatch Certificates { get; }

    public ImmutableArray<SmtpListener> Listeners { get; }

    public ServerView View { get; }

    /// <summary>No new work.</summary>
    public CancellationTokenSource Stopping { get; private init; } = new();

    /// <summary>No more work.</summary>
    public CancellationTokenSource Cut { get; private init; } = new();

    /// <exception cref="StartFailedException">the certificate cannot be used.</exception>
    /// <exception cref="IOException">the queue or a file cannot be opened.</exception>
    public static async Task<ServerParts> OpenAsync(
        string directory, ConfigurationSnapshot snapshot, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        DataDirectory places = new(directory, snapshot);
        DataDirectory.Make(places.Root);
        TlsIdentity tls = new();
        if (!File.Exists(places.Certificate) && snapshot.Options.TlsCertificate is null)
            TlsCertificate.WriteSelfSigned(places.Certificate, places.CertificateKey, snapshot.Channels.Local.OfficialHost, time.GetUtcNow());
        LiveConfiguration live = new(snapshot);
        CertificateWatch certificates = new(() => TlsFiles.Of(live.Current), tls, time, unusable => Told(unusable, logger));
        certificates.Begin();
        if (!tls.TryLoad(TlsFiles.Of(snapshot), out Mapping.Text.Diagnostic? fault)) throw new StartFailedException(fault!.ToString());
        foreach (Mapping.Text.Diagnostic finding in CertificateChecks.Check(snapshot, time.GetUtcNow())) ServerLog.CertificateFinding(logger, finding.ToString());

        SqliteQueueStore queue = await SqliteQueueStore.OpenAsync(
            places.Queue, time, new SqliteQueueOptions { MinimumFreeBytes = snapshot.Options.MinimumFree }, cancellationToken);
        DecisionLog? decisions = null;
        TransactionLog? transactions = null;
        try
        {
            Report(queue.Recovery, logger);
            decisions = new DecisionLog(Lines(places.DecisionLog), Logs, new LogKey(places.LogKey), Lost);
            transactions = new TransactionLog(Lines(places.TransactionLog), Lines(places.ConnectionLog), Logs, new LogKey(places.LogKey), Lost);
            string token = ConsoleToken.ReadOrMake(places.ConsoleToken);
            await ReportOrphansAsync(queue, snapshot, logger, cancellationToken);

            CancellationTokenSource stopping = new(), cut = new();
            DnsClientLookup dns = new([]);
            GreylistStore greylist = new(places.Greylist);
            ThrottleTables throttles = new(() => live.Current.Throttles, new MemoryThrottleStore(time));
            DirectoryService users = new(() => live.Current, time, logger);
            CalloutLoop callouts = new(new ServerCallouts(new DnsRoutines(dns), throttles, users, new Greylist(() => live.Current.Options.Greylist, greylist, time)), time);
            DeliveryRunner runner = Deliveries(queue, places, live, dns, callouts, transactions, time, logger);
            SessionServices services = new(live, queue, decisions, tls, time, logger, runner.Wake, callouts, users, cut.Token)
            {
                Transactions = transactions,
                SaslSecret = new LogKey(places.SaslKey).Value,
                Names = new ClientNames(dns, dns, time),
                Dns = dns,
                Identities = new IdentityWatch(time, (client, names) => ServerLog.StrangersBehind(logger, client, names)),
            };
            ImmutableArray<SmtpListener> listeners = [.. snapshot.Listeners.Select(l => new SmtpListener(l, services))];
            ConfigurationReload reload = new(live, snapshot, tls, version => ConfigurationOnDisk.Load(directory, version));
            ServerView view = new(
                ProductVersion.Text,
                time.GetUtcNow(),
                live,
                queue,
                new OperatorDesk(queue, new OperatorLog(places.OperatorLog, time), runner.MadeDue, new OperatorRecords(transactions, () => live.Current, time)),
                token,
                () => [.. listeners.Select(l => l.Status())],
                () => Reloaded(reload, runner, decisions, transactions, logger))
            {
                Throttles = throttles.TotalsAsync,
            };
            DiskFiles files = new(directory);
            ListFileWatch lists = new(live, files, files.Stamp, time, (paths, findings) => Told(paths, findings, logger));
            IdentityGuard identity = new(live, SharedAddresses.Look, time, logger);
            return new ServerParts(places, queue, decisions, transactions, runner, listeners, view, identity, users, lists, certificates, greylist) { Stopping = stopping, Cut = cut };
        }
        catch
        {
            if (decisions is not null) await decisions.DisposeAsync();
            if (transactions is not null) await transactions.DisposeAsync();
            await queue.DisposeAsync();
            throw;
        }

        LogOptions Logs() => live.Current.Options.Logs;
        RotatingFile Lines(string name) => new(new LogFiles(name), Logs, time);
        void Lost(LogLoss loss)
        {
            if (loss.Failure is { } failure) ServerLog.LogNotWritten(logger, loss.File, failure);
            else ServerLog.LogLost(logger, loss.Lines, loss.File);
        }
    }

    public void WriteProcessId()
    {
        File.WriteAllText(Places.ProcessId, Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n");
        _ownsProcessId = true;
    }

    public async ValueTask DisposeAsync()
    {
        _identity.Dispose();
        if (_ownsProcessId) File.Delete(Places.ProcessId);
        Runner.Dispose();
        await _queue.DisposeAsync();
        await _directory.DisposeAsync();
        await _decisions.DisposeAsync();
        await _transactions.DisposeAsync();
        _greylist.Dispose();
        Stopping.Dispose();
        Cut.Dispose();
    }

    private static DeliveryRunner Deliveries(
        IQueueStore queue, DataDirectory places, LiveConfiguration live, DnsClientLookup dns, CalloutLoop callouts, TransactionLog transactions, TimeProvider time, ILogger logger)
    {
        DeliveryRunner? runner = null;
        void Wake() => runner!.Wake();
        MailPolicy Policy() => live.Policy;
        OwnAddresses own = new(time);
        NextHopResolver resolver = new(
            dns, new SystemNames(), () => OwnNames(live.Current), own.Contains, Random.Shared.NextDouble);
        DeliveryChannels channels = new(
            new SmtpDelivery(resolver, time, logger, new AddressGate(Policy, callouts, logger), transactions),
            new FinalDelivery(new MaildirDelivery(new MaildirStore(places.Store, live.Current.Channels.Local.OfficialHost, time))),
            new FinalDelivery(new MboxDelivery(time)),
            new FinalDelivery(new PipeDelivery(time)),
            new ReprocessDelivery(queue, time, Policy, callouts, Wake, transactions));
        NotificationSender notifications = new(queue, Policy, callouts, time, logger, Wake, transactions);
        runner = new DeliveryRunner(queue, Policy, channels, notifications, new HostBackoff(time), time, logger, new DequeueGate(Policy, callouts, time, logger), transactions);
        return runner;
    }

    private static HashSet<string> OwnNames(ConfigurationSnapshot snapshot) =>
        new(StringComparer.OrdinalIgnoreCase) { snapshot.Channels.Local.OfficialHost, snapshot.Channels.Local.LocalHostAlias ?? snapshot.Channels.Local.OfficialHost };

    private static ReloadOutcome Reloaded(ConfigurationReload reload, DeliveryRunner runner, DecisionLog decisions, TransactionLog transactions, ILogger logger)
    {
        ReloadOutcome outcome = reload.Run();
        foreach (string line in outcome.Lines()) ServerLog.Reload(logger, line);
        decisions.Reopen();
        transactions.Reopen();
        runner.Wake();
        return outcome;
    }

    private static void Told(ImmutableArray<string> paths, ImmutableArray<Mapping.Text.Diagnostic> findings, ILogger logger)
    {
        foreach (string path in paths) ServerLog.ListFileRead(logger, path);
        foreach (Mapping.Text.Diagnostic finding in findings) ServerLog.ListFileFinding(logger, finding.ToString());
    }

    private static void Told(Mapping.Text.Diagnostic? unusable, ILogger logger)
    {
        if (unusable is null) ServerLog.CertificatesRead(logger);
        else ServerLog.CertificatesUnusable(logger, unusable.ToString());
    }

    private static void Report(QueueRecovery recovery, ILogger logger)
    {
        if (recovery.Interrupted + recovery.ChunksRemoved + recovery.MessagesRemoved + recovery.Clamped > 0)
            ServerLog.Recovered(logger, recovery.Interrupted, recovery.ChunksRemoved, recovery.MessagesRemoved, recovery.Clamped);
        if (recovery.DamagedCopy is { } copy) ServerLog.Damaged(logger, recovery.Salvaged, recovery.Lost, copy);
        foreach (string held in recovery.Held) ServerLog.Undecodable(logger, held);
    }

    private static async Task ReportOrphansAsync(IQueueView queue, ConfigurationSnapshot snapshot, ILogger logger, CancellationToken cancellationToken)
    {
        foreach (ChannelTotal total in await queue.TotalsAsync(cancellationToken))
        {
            long waiting = total.Recipients.Active + total.Recipients.Delayed;
            if (waiting > 0 && snapshot.Channels.FindByName(new Policy.Channels.ChannelName(total.Channel)) is null)
                ServerLog.OrphanedChannel(logger, waiting, total.Channel);
        }
    }
}
