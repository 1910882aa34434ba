using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Logs;
using Postern.Server.Operations;

namespace Postern.Cli;

/// <summary>
/// How commands reach the queue. They read the database beside the server; they change it through the server that has it,
/// so that it knows at once, and by themselves when no process has it.
/// </summary>
internal sealed class QueueAccess(string configurationDirectory, ConfigurationSnapshot snapshot)
{
    private readonly DataDirectory _places = new(configurationDirectory, snapshot);

    /// <summary>Who sits at the terminal; behind sudo the one who called it.</summary>
    public static string User => Environment.GetEnvironmentVariable("SUDO_USER") is { Length: > 0 } user ? user : Environment.UserName;

    /// <summary>Null: there is no queue yet.</summary>
    public IQueueView? OpenView() => SqliteQueueStore.Exists(_places.Queue) ? SqliteQueueStore.OpenReadOnly(_places.Queue) : null;

    /// <exception cref="IOException">it was not done, or not to its end; the message says why.</exception>
    public async Task<OperatorOutcome> RunAsync(OperatorRequest request, CancellationToken cancellationToken)
    {
        if (SqliteQueueStore.IsInUse(_places.Queue)) return await new RunningServer(_places, snapshot.Options.ConsolePort).RunAsync(request, cancellationToken);
        await using SqliteQueueStore queue = await SqliteQueueStore.OpenAsync(_places.Queue, TimeProvider.System, cancellationToken: cancellationToken);
        await using TransactionLog transactions = new(Lines(_places.TransactionLog), Lines(_places.ConnectionLog), () => snapshot.Options.Logs, new LogKey(_places.LogKey), Lost);
        OperatorDesk desk = new(
            queue, new OperatorLog(_places.OperatorLog, TimeProvider.System), _ => { }, new OperatorRecords(transactions, () => snapshot, TimeProvider.System));
        return await desk.RunAsync(request, cancellationToken);
    }

    private RotatingFile Lines(string name) => new(new LogFiles(name), () => snapshot.Options.Logs, TimeProvider.System);

    private static void Lost(LogLoss loss) => Console.Error.WriteLine(
        loss.Failure is { } failure ? $"cannot write \"{loss.File}\": {failure.Message}" : $"{loss.Lines} lines of \"{loss.File}\" were lost");
}
