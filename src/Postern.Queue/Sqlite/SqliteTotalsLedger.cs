namespace Postern.Queue;

/// <summary>
/// What a transaction changes of the totals: gathered while its calls run, written once for each channel and next hop before it is
/// committed. A message on its way through the queue changes the same rows eight times, and so do all that share its transactions.
/// </summary>
/// <remarks>INVARIANT: whoever adds, changes or removes a recipient or copy at run time tells it here. A start counts anew (<see cref="Recount"/>).</remarks>
internal sealed class SqliteTotalsLedger
{
    private readonly Dictionary<(string Channel, string Host), Change> _hosts = new(HopKeys.Instance);
    private readonly Dictionary<string, (long Copies, long Octets)> _channels = new(StringComparer.OrdinalIgnoreCase);

    public void Added(string channel, QueuedRecipient recipient) => Added(channel, recipient.Host, (long)recipient.State, recipient.Attempts);

    public void Moved(string channel, QueuedRecipient before, QueuedRecipient after)
    {
        Removed(channel, before.Host, (long)before.State, before.Attempts);
        Added(channel, after);
    }

    /// <summary>A recipient whose row need not be decoded goes to another state.</summary>
    /// <param name="row">channel, next hop, state and attempts, in this order.</param>
    public void Moved(SqlRows row, RecipientState after)
    {
        Removed(row);
        Added(row.GetString(0), row.GetString(1), (long)after, row.GetInt64(3));
    }

    /// <inheritdoc cref="Moved(SqlRows, RecipientState)"/>
    public void Removed(SqlRows row) => Removed(row.GetString(0), row.GetString(1), row.GetInt64(2), row.GetInt64(3));

    /// <param name="copies">negative when copies went, as <paramref name="octets"/> of their content.</param>
    public void AddCopies(string channel, long copies, long octets)
    {
        (long Copies, long Octets) known = _channels.GetValueOrDefault(channel);
        _channels[channel] = (known.Copies + copies, known.Octets + octets);
    }

    /// <summary>The transaction was undone.</summary>
    public void Clear()
    {
        _hosts.Clear();
        _channels.Clear();
    }

    /// <summary>Writes what was gathered, inside the transaction.</summary>
    public void Write(SqlSession session)
    {
        foreach (((string channel, string host), Change change) in _hosts)
        {
            if (change == default) continue;
            session.Execute(
                """
                INSERT INTO host_total VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (channel, host) DO UPDATE SET
                    active = active + excluded.active, delayed = delayed + excluded.delayed, claimed = claimed + excluded.claimed, held = held + excluded.held,
                    done = done + excluded.done
                """,
                channel,
                host,
                change.Active,
                change.Delayed,
                change.Claimed,
                change.Held,
                change.Done);
            if (change.Sum < 0) session.Execute("DELETE FROM host_total WHERE channel = $1 AND host = $2 AND active + delayed + claimed + held + done = 0", channel, host);
        }

        foreach ((string channel, (long copies, long octets)) in _channels)
        {
            if (copies == 0 && octets == 0) continue;
            session.Execute(
                "INSERT INTO channel_total VALUES ($1, $2, $3) ON CONFLICT (channel) DO UPDATE SET copies = copies + excluded.copies, octets = octets + excluded.octets",
                channel,
                copies,
                octets);
        }

        Clear();
    }

    /// <summary>Counts everything that is there, inside a transaction. Cost: a walk over all copies and recipients.</summary>
    public void Recount(SqlSession session)
    {
        Clear();
        session.Execute("DELETE FROM channel_total");
        session.Execute("DELETE FROM host_total");
        session.Execute("INSERT INTO channel_total SELECT c.channel, count(*), coalesce(sum(m.size), 0) FROM copy c LEFT JOIN message m ON m.num = c.id / 65536 GROUP BY c.channel");
        session.Execute(
            """
            INSERT INTO host_total
            SELECT channel, host, sum(state = 0 AND attempts = 0), sum(state = 0 AND attempts > 0), sum(state = 1), sum(state = 2), sum(state NOT IN (0, 1, 2))
            FROM recipient GROUP BY channel, host
            """);
    }

    /// <param name="state">the number on disk, which may be none that is known.</param>
    private void Added(string channel, string host, long state, long attempts) => Add(channel, host, Change.At(state, attempts, 1));

    /// <inheritdoc cref="Added(string, string, long, long)"/>
    private void Removed(string channel, string host, long state, long attempts) => Add(channel, host, Change.At(state, attempts, -1));

    private void Add(string channel, string host, Change change) => _hosts[(channel, host)] = _hosts.GetValueOrDefault((channel, host)).Plus(change);

    /// <summary>As <see cref="RecipientCounts"/>, up and down.</summary>
    private readonly record struct Change(long Active, long Delayed, long Claimed, long Held, long Done)
    {
        public long Sum => Active + Delayed + Claimed + Held + Done;

        public static Change At(long state, long attempts, long count) => state switch
        {
            (long)RecipientState.Queued => attempts == 0 ? new Change(count, 0, 0, 0, 0) : new Change(0, count, 0, 0, 0),
            (long)RecipientState.Claimed => new Change(0, 0, count, 0, 0),
            (long)RecipientState.Held => new Change(0, 0, 0, count, 0),
            _ => new Change(0, 0, 0, 0, count),
        };

        public Change Plus(Change other) =>
            new(Active + other.Active, Delayed + other.Delayed, Claimed + other.Claimed, Held + other.Held, Done + other.Done);
    }

    /// <summary>As the table compares them.</summary>
    private sealed class HopKeys : IEqualityComparer<(string Channel, string Host)>
    {
        public static readonly HopKeys Instance = new();

        public bool Equals((string Channel, string Host) x, (string Channel, string Host) y) =>
            string.Equals(x.Channel, y.Channel, StringComparison.OrdinalIgnoreCase) && string.Equals(x.Host, y.Host, StringComparison.Ordinal);

        public int GetHashCode((string Channel, string Host) key) =>
            HashCode.Combine(StringComparer.OrdinalIgnoreCase.GetHashCode(key.Channel), StringComparer.Ordinal.GetHashCode(key.Host));
    }
}
