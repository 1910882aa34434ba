using Postern.Policy.Channels;
using Postern.Policy.Configuration;

namespace Postern.Server.Delivery;

/// <summary>How many jobs run for each channel and pool; the limit is the smaller of <c>maxjobs</c> and the pool's JOB_LIMIT.</summary>
internal sealed class JobCounts
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, int> _byPool = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<ChannelName, int> _byChannel = [];

    public int Free(ChannelDefinition channel, ConfigurationSnapshot snapshot)
    {
        lock (_gate)
        {
            int limit = snapshot.PoolOf(channel).JobLimit;
            int ofPool = limit - _byPool.GetValueOrDefault(snapshot.PoolOf(channel).Name);
            int ofChannel = (channel.MaxJobs ?? limit) - _byChannel.GetValueOrDefault(channel.Name);
            return Math.Min(ofPool, ofChannel);
        }
    }

    public void Started(ChannelDefinition channel, ConfigurationSnapshot snapshot) => Add(channel, snapshot, 1);

    public void Finished(ChannelDefinition channel, ConfigurationSnapshot snapshot) => Add(channel, snapshot, -1);

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
