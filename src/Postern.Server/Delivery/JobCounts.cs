using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;

namespace Postern.Server.Delivery;

/// <summary>
/// How many jobs run for each channel and pool; the limit is the smaller of <c>maxjobs</c> and the pool's JOB_LIMIT. And what waits for one of
/// them to end, so that a job gives way to mail of a better rank than its own.
/// </summary>
internal sealed class JobCounts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byPool = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<ChannelName, int> _byChannel = [];
    private readonly Dictionary<string, QueueRank> _waitingForPool = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<ChannelName, QueueRank> _waitingForChannel = [];

    public bool HasRoom(ChannelDefinition channel, ConfigurationSnapshot snapshot)
    {
        lock (_gate) return FreeOfChannel(channel, snapshot) > 0 && FreeOfPool(channel, snapshot) > 0;
    }

    public void Started(ChannelDefinition channel, ConfigurationSnapshot snapshot) => Add(channel, snapshot, 1);

    public void Finished(ChannelDefinition channel, ConfigurationSnapshot snapshot) => Add(channel, snapshot, -1);

    /// <summary>Replaces what waits: due mail of channels without room for another job.</summary>
    public void SetWaiting(IEnumerable<(ChannelDefinition Channel, QueueRank Rank)> waiting, ConfigurationSnapshot snapshot)
    {
        lock (_gate)
        {
            _waitingForPool.Clear();
            _waitingForChannel.Clear();
            foreach ((ChannelDefinition channel, QueueRank rank) in waiting)
            {
                // Only a job that takes the place which is wanted can make room.
                if (FreeOfChannel(channel, snapshot) <= 0) _waitingForChannel[channel.Name] = rank;
                else if (FreeOfPool(channel, snapshot) <= 0) Best(_waitingForPool, snapshot.PoolOf(channel).Name, rank);
            }
        }
    }

    /// <summary>Whether mail waits for the place of a job of this channel that is of a better rank than what the job works on.</summary>
    public bool IsOutranked(ChannelDefinition channel, ConfigurationSnapshot snapshot, QueueRank rank)
    {
        lock (_gate)
        {
            return (_waitingForChannel.TryGetValue(channel.Name, out QueueRank ofChannel) && ofChannel < rank)
                || (_waitingForPool.TryGetValue(snapshot.PoolOf(channel).Name, out QueueRank ofPool) && ofPool < rank);
        }
    }

    private static void Best(Dictionary<string, QueueRank> waiting, string key, QueueRank rank)
    {
        if (!waiting.TryGetValue(key, out QueueRank known) || rank < known) waiting[key] = rank;
    }

    private int FreeOfPool(ChannelDefinition channel, ConfigurationSnapshot snapshot) =>
        snapshot.PoolOf(channel).JobLimit - _byPool.GetValueOrDefault(snapshot.PoolOf(channel).Name);

    private int FreeOfChannel(ChannelDefinition channel, ConfigurationSnapshot snapshot) =>
        (channel.MaxJobs ?? snapshot.PoolOf(channel).JobLimit) - _byChannel.GetValueOrDefault(channel.Name);

    private void Add(ChannelDefinition channel, ConfigurationSnapshot snapshot, int change)
    {
        lock (_gate)
        {
            string pool = snapshot.PoolOf(channel).Name;
            _byPool[pool] = _byPool.GetValueOrDefault(pool) + change;
            _byChannel[channel.Name] = _byChannel.GetValueOrDefault(channel.Name) + change;
        }
    }
}
