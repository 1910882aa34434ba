namespace Postern.Queue.Tests;

public sealed class MemoryQueueStoreTests : QueueStoreContract
{
    protected override IQueueStore Open() => new MemoryQueueStore(Time);
}
