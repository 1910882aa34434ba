namespace Postern.Queue.Tests;

public sealed class SqliteQueueStoreTests : QueueStoreContract
{
    private readonly ScratchDirectory _scratch = new();

    protected override IQueueStore Open() => SqliteQueueStore.Open(_scratch.Queue, Time, new SqliteQueueOptions(), faults: null);

    protected override void CleanUp() => _scratch.Dispose();
}
