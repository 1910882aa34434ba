using System.Collections.Immutable;
using Microsoft.Data.Sqlite;

namespace Postern.Queue;

/// <summary>
/// What a start does before anything else: docs/queue.md section 5, steps 2 to 8, in one transaction from step 4 on. It is
/// repeated whole when the start itself is cut off. Cost: one walk over the tables; content is not read, except by the integrity check.
/// </summary>
internal static class SqliteRecovery
{
    /// <summary>A recipient under way at two starts running waits so long for each further one.</summary>
    private static readonly TimeSpan InterruptedWait = TimeSpan.FromMinutes(5);

    private const int LongestInterruptedWaits = 12;

    /// <summary>Opens the database ready for use; the session belongs to the caller.</summary>
    /// <exception cref="QueueOpenException">it was written by a newer release.</exception>
    /// <exception cref="SqliteException">the disk refuses.</exception>
    public static SqlSession Open(QueueFiles files, TimeProvider time, SqliteQueueOptions options, out QueueRecovery recovery)
    {
        DateTimeOffset now = time.GetUtcNow();
        string? damagedCopy = IsSound(files) ? files.SetAsideBefore() : files.SetAside(now);
        SqlSession session = files.OpenWriter();
        try
        {
            Migrations.Apply(session, now);
            (int salvaged, int lost) = damagedCopy is null ? (0, 0) : SqliteSalvage.Copy(damagedCopy, session);
            session.Execute("BEGIN IMMEDIATE");
            recovery = Repair(session, now, options) with { DamagedCopy = damagedCopy, Salvaged = salvaged, Lost = lost };
            session.Execute("COMMIT");
            if (damagedCopy is not null) QueueFiles.Saved(damagedCopy);
            return session;
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    private static bool IsSound(QueueFiles files)
    {
        if (!File.Exists(files.Database)) return true;
        try
        {
            // Read-only: a damaged database keeps its log, which a writer would merge into it on closing.
            using SqlSession session = files.OpenReader();
            using SqlRows answer = session.Query("PRAGMA quick_check(1)");
            return answer.Read() && answer.GetString(0) == "ok";
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB)
        {
            return false;
        }
    }

    private static QueueRecovery Repair(SqlSession session, DateTimeOffset now, SqliteQueueOptions options)
    {
        int chunks = session.Execute("DELETE FROM chunk WHERE key / 4096 NOT IN (SELECT num FROM message)");
        ImmutableArray<string> held = HoldUndecodable(session);
        int interrupted = session.Execute(
            """
            UPDATE recipient SET state = 0, attempts = attempts + 1, interrupted = interrupted + 1,
                next = CASE WHEN interrupted = 0 THEN next ELSE $1 + min(interrupted, $2) * $3 END
            WHERE state = 1
            """,
            now.UtcTicks,
            (long)LongestInterruptedWaits,
            InterruptedWait.Ticks);
        int clamped = session.Execute(
            "UPDATE recipient SET next = $1 WHERE state = 0 AND next > $2", now.UtcTicks, now.UtcTicks + options.LongestWait.Ticks);
        int removed = RemoveDone(session);
        session.Totals.Recount(session);
        return new QueueRecovery(chunks, interrupted, held, clamped, removed);
    }

    private static ImmutableArray<string> HoldUndecodable(SqlSession session)
    {
        List<(long Number, string Id, string Reason)> faults = [];
        using (SqlRows rows = session.Query(
            """
            SELECT num, id, 'its envelope cannot be decoded' FROM message
            WHERE length(id) <> 16 OR upper(id) GLOB '*[^0-9A-HJKMNP-TV-Z]*' OR return_content NOT BETWEEN 0 AND 2 OR body NOT BETWEEN 0 AND 2
               OR received NOT BETWEEN 0 AND 3155378975999999999 OR priority NOT BETWEEN 0 AND 3
            UNION ALL
            SELECT num, id, 'its content is not whole' FROM message m
            WHERE size <> (SELECT coalesce(sum(length(content)), 0) FROM chunk WHERE key BETWEEN m.num * 4096 AND m.num * 4096 + 4095)
            UNION ALL
            SELECT DISTINCT m.num, m.id, 'a recipient cannot be decoded' FROM recipient r JOIN message m ON m.num = r.copy / 65536
            WHERE r.state NOT BETWEEN 0 AND 6 OR r.notify NOT BETWEEN 0 AND 15 OR r.released NOT BETWEEN 0 AND 4 OR r.rank NOT BETWEEN 0 AND 4 OR r.next NOT BETWEEN 0 AND 3155378975999999999
            """))
        {
            while (rows.Read()) faults.Add((rows.GetInt64(0), rows.GetString(1), rows.GetString(2)));
        }

        ImmutableArray<string>.Builder held = ImmutableArray.CreateBuilder<string>();
        foreach ((long number, string id, string reason) in faults)
        {
            if (SqliteRows.HoldAll(session, number, reason) > 0) held.Add($"{id}: {reason}");
        }

        return held.ToImmutable();
    }

    private static int RemoveDone(SqlSession session)
    {
        List<long> done = [];
        using (SqlRows rows = session.Query(
            """
            SELECT num FROM message m WHERE NOT EXISTS (
                SELECT 1 FROM recipient WHERE copy BETWEEN m.num * 65536 AND m.num * 65536 + 65535 AND (state < 3 OR state > 6 OR owed <> 0))
            """))
        {
            while (rows.Read()) done.Add(rows.GetInt64(0));
        }

        foreach (long number in done) SqliteRows.RemoveIfDone(session, number);
        return done.Count;
    }
}
