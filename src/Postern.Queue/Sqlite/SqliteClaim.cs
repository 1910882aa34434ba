using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using System.Text.Json;

namespace Postern.Queue;

/// <summary>
/// Takes due groups of recipients. The due index is walked by rank and from the longest due on, and only as far as needed: memory is
/// bounded by the claim, and so is time, but for what is due for hosts in back-off or left to those at work: that is walked over once (<see cref="DueFrontier"/>),
/// or again while a message stands in front of it whose group is under way.
/// </summary>
internal static class SqliteClaim
{
    /// <summary>Due groups of other hosts that a claim for one host walks over before it makes do with what it found.</summary>
    private const int MaximumPassedOver = 1000;

    private const string DueRecipients =
        """
        SELECT copy, host, next, number FROM recipient r INDEXED BY recipient_due
        WHERE channel = $1 AND state = 0 AND rank = $2 AND next <= $3 AND (next, copy, number) >= ($4, $5, $6)
            AND NOT EXISTS (SELECT 1 FROM stopped_host s WHERE s.host = r.host)
        ORDER BY next, copy, number
        """;

    public static ImmutableArray<QueuedCopy> Take(SqlSession session, QueueClaim claim)
    {
        Age(session, claim.Now);
        if (session.Any("SELECT 1 FROM stopped WHERE channel = $1", claim.Channel)) return [];
        if (claim.Waiting.Count > 0)
        {
            // What calls before this one did in the same transaction counts.
            session.Totals.Write(session);
            claim = claim with { Waiting = WithLeft(session, claim) };
            if (!HasOthers(session, claim)) return [];
        }

        ImmutableArray<QueuedCopy>.Builder claimed = ImmutableArray.CreateBuilder<QueuedCopy>();

        // A group that turns out to be unreadable is held and leaves room for another.
        while (claimed.Count < claim.Limit)
        {
            List<(long Copy, string Host)> groups = Due(session, claim, claim.Limit - claimed.Count);
            if (groups.Count == 0) break;
            foreach ((long copy, string host) in groups)
            {
                if (TakeGroup(session, claim, copy, host) is { } taken) claimed.Add(taken);
            }
        }

        return claimed.ToImmutable();
    }

    /// <summary>Makes queued again what a claim took whose caller never heard of it: its commit was reported failed, and reached the disk or did not.</summary>
    public static void GiveBack(SqlSession session, ImmutableArray<QueuedCopy> claimed)
    {
        foreach (QueuedCopy copy in claimed)
        {
            foreach (QueuedRecipient recipient in copy.Recipients)
            {
                if (session.Execute("UPDATE recipient SET state = 0 WHERE copy = $1 AND number = $2 AND state = 1", copy.CopyId, (long)recipient.Number) == 0) continue;
                QueuedRecipient queued = recipient with { State = RecipientState.Queued };
                session.Totals.Moved(copy.Channel, recipient, queued);
                session.Frontier.Stored(copy.Channel, copy.CopyId, queued);
            }
        }
    }

    /// <summary>
    /// What is no longer young counts as normal. Messages are numbered in the order in which they came, so this looks at no more than one that is
    /// still young, and each is changed once.
    /// </summary>
    private static void Age(SqlSession session, DateTimeOffset now)
    {
        while (session.Integer(
            """
            SELECT r.copy FROM recipient r INDEXED BY recipient_aging CROSS JOIN message m ON m.num = r.copy / 65536
            WHERE r.state = 0 AND r.rank IN (1, 3, 4) ORDER BY r.copy, r.number LIMIT 1
            """) is long copy)
        {
            const string Aged = "copy = $1 AND state = 0 AND rank IN (1, 3, 4) AND (SELECT received FROM message WHERE num = $1 / 65536) <= $2";
            long patient = (now - QueueRanks.Patience).UtcTicks;
            using (SqlRows rows = session.Query($"SELECT channel, host, next, number FROM recipient WHERE {Aged}", copy, patient))
            {
                while (rows.Read())
                    session.Frontier.Queued(rows.GetString(0), rows.GetString(1), QueueRank.Normal, new DuePlace(rows.GetInt64(2), copy, rows.GetInt64(3)));
            }

            if (session.Execute($"UPDATE recipient SET rank = 2 WHERE {Aged}", copy, patient) == 0) return;
        }
    }

    /// <summary>
    /// The hosts whose mail is passed over, those included whose mail is left to their jobs because no more is queued than these can be expected to take.
    /// </summary>
    private static HashSet<string> WithLeft(SqlSession session, QueueClaim claim)
    {
        HashSet<string> waiting = new(claim.Waiting, StringComparer.OrdinalIgnoreCase);
        foreach ((string host, int limit) in claim.Backlog ?? new Dictionary<string, int>())
        {
            if ((session.Integer("SELECT active + delayed FROM host_total WHERE channel = $1 AND host = $2", claim.Channel, host) ?? 0) <= limit) waiting.Add(host);
        }

        return waiting;
    }

    /// <summary>Whether anything is queued for a next hop that is not waited for: where all mail goes to one host, a walk over it would find nothing.</summary>
    private static bool HasOthers(SqlSession session, QueueClaim claim) => session.Any(
        "SELECT 1 FROM host_total WHERE channel = $1 AND active + delayed > 0 AND host NOT IN (SELECT value FROM json_each($2)) LIMIT 1", claim.Channel, JsonArray(claim.Waiting));

    private static List<(long Copy, string Host)> Due(SqlSession session, QueueClaim claim, int limit)
    {
        int passedOver = 0;
        List<(long, string)> groups = [];
        HashSet<(long, string)> seen = [];
        BacklogGate<(long Copy, string Host)> gate = new(claim.Backlog);
        for (QueueRank rank = QueueRank.First; rank <= QueueRank.SecondClass && groups.Count < limit && passedOver < MaximumPassedOver; rank++)
        {
            DueWalk walk = session.Frontier.Walk(claim, rank);
            using SqlRows rows = session.Query(
                DueRecipients, claim.Channel, (long)rank, claim.Now.UtcTicks, walk.From.Next, walk.From.Copy, walk.From.Number);
            bool more = true;
            while (groups.Count < limit && passedOver < MaximumPassedOver && (more = rows.Read()))
            {
                (long Copy, string Host) group = (rows.GetInt64(0), rows.GetString(1));
                if (!walk.Meet(new DuePlace(rows.GetInt64(2), group.Copy, rows.GetInt64(3)), group.Host))
                {
                    if (claim.Host is not null) passedOver++;
                    continue;
                }

                if (!seen.Add(group)) continue;

                // INVARIANT: a group with a claimed recipient is not given out: its result must be durable first.
                bool busy = session.Any("SELECT 1 FROM recipient WHERE copy = $1 AND host = $2 AND state = 1 LIMIT 1", group.Copy, group.Host);
                if (!busy && gate.TryPass(group.Host, group, out (long Copy, string Host) passed)) groups.Add(passed);
            }

            walk.Finish(all: !more);
        }

        return groups;
    }

    /// <summary>Null: the group cannot be decoded; its message is held now.</summary>
    private static QueuedCopy? TakeGroup(SqlSession session, QueueClaim claim, long id, string host)
    {
        try
        {
            QueuedCopy copy = SqliteRows.Copy(session, id) ?? throw new QueueReadException("its message or copy row is missing");
            ImmutableArray<QueuedRecipient>.Builder recipients = ImmutableArray.CreateBuilder<QueuedRecipient>();
            using (SqlRows rows = session.Query(
                $"SELECT {SqliteRows.RecipientColumns} FROM recipient WHERE copy = $1 AND host = $2 AND state = 0 AND next <= $3 ORDER BY number",
                id,
                host,
                claim.Now.UtcTicks))
            {
                // No LIMIT of a parameter: SQLite would prepare the statement anew each time, which costs ten times what it reads.
                while (recipients.Count < claim.RecipientLimit && rows.Read()) recipients.Add(SqliteRows.Recipient(rows));
            }

            for (int i = 0; i < recipients.Count; i++)
            {
                session.Execute("UPDATE recipient SET state = 1 WHERE copy = $1 AND number = $2", id, (long)recipients[i].Number);
                QueuedRecipient claimed = recipients[i] with { State = RecipientState.Claimed };
                session.Totals.Moved(copy.Channel, recipients[i], claimed);
                recipients[i] = claimed;
            }

            return copy with { Recipients = recipients.ToImmutable() };
        }
        catch (QueueReadException e)
        {
            SqliteRows.HoldAll(session, QueueNumbers.MessageOfCopy(id), e.Message);
            return null;
        }
    }

    private static string JsonArray(IReadOnlySet<string> hosts)
    {
        ArrayBufferWriter<byte> text = new();
        using (Utf8JsonWriter json = new(text))
        {
            json.WriteStartArray();
            foreach (string host in hosts) json.WriteStringValue(host.ToLowerInvariant());
            json.WriteEndArray();
        }

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }
}
