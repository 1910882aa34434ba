using Microsoft.Data.Sqlite;

namespace Postern.Queue;

/// <summary>
/// Copies what can still be read from a damaged database into a new one, message by message; a message of which any row
/// fails is left behind whole. The damaged database is only read. BUGS: what lies on damaged pages between the first
/// unreadable message row from the front and from the back is not even counted.
/// </summary>
internal static class SqliteSalvage
{
    private static readonly (string Table, string Key, long PerMessage)[] Tables =
        [("message", "num", 1), ("chunk", "key", QueueNumbers.ChunksPerMessage), ("copy", "id", QueueNumbers.CopiesPerMessage), ("recipient", "copy", QueueNumbers.CopiesPerMessage)];

    /// <returns>messages saved, and messages seen that could not be.</returns>
    public static (int Saved, int Lost) Copy(string damagedDirectory, SqlSession target)
    {
        int saved = 0;
        int lost = 0;
        using SqlSession? source = TryOpen(damagedDirectory);
        if (source is null) return (0, 0);
        target.Execute("BEGIN IMMEDIATE");
        foreach (long number in Numbers(source))
        {
            // A start that was cut off behind the commit has saved it already.
            if (target.Any("SELECT 1 FROM message WHERE num = $1", number)) continue;
            target.Execute("SAVEPOINT message");
            try
            {
                foreach ((string table, string key, long perMessage) in Tables)
                    CopyRows(source, target, table, key, number * perMessage, (number * perMessage) + perMessage - 1);
                if (!IsWhole(target, number)) throw new SqliteException("a part of the content is missing", SQLitePCL.raw.SQLITE_CORRUPT);
                CopyAttempts(source, target, number);
                saved++;
            }
            catch (Exception e) when (IsDamage(e))
            {
                target.Execute("ROLLBACK TO message");
                lost++;
            }

            target.Execute("RELEASE message");
        }

        CopyStopped(source, target, "stopped");
        CopyStopped(source, target, "stopped_host");
        target.Execute("COMMIT");
        return (saved, lost);
    }

    /// <summary>Pages that cannot be read, and cells that hold what nobody wrote.</summary>
    private static bool IsDamage(Exception e) => e is SqliteException or InvalidCastException or OverflowException;

    private static SqlSession? TryOpen(string directory)
    {
        try
        {
            SqlSession source = SqlSession.Open(Path.Combine(directory, "queue.db"), SqliteOpenMode.ReadOnly);

            // So a file that has lost its last pages is read as far as it goes; nothing is written.
            source.ExecuteOnce("PRAGMA writable_schema=ON");
            return source;
        }
        catch (SqliteException)
        {
            // Not even a database any more; the directory that was set aside is all there is, and recovery reports it.
            return null;
        }
    }

    /// <summary>Numbers from the front until a row fails, then from the back.</summary>
    private static SortedSet<long> Numbers(SqlSession source)
    {
        SortedSet<long> numbers = [];
        foreach (string order in (string[])["ASC", "DESC"])
        {
            try
            {
                using SqlRows rows = source.Query($"SELECT num FROM message ORDER BY num {order}");
                while (rows.Read()) numbers.Add(rows.GetInt64(0));
                break;
            }
            catch (Exception e) when (IsDamage(e))
            {
                // The other end may be readable.
            }
        }

        return numbers;
    }

    /// <summary>Of a message that is saved, the attempts that can be read: they are told in notifications, and no message is lost for want of them.</summary>
    private static void CopyAttempts(SqlSession source, SqlSession target, long number)
    {
        target.Execute("SAVEPOINT attempts");
        try
        {
            CopyRows(source, target, "attempt", "copy", QueueNumbers.FirstCopy(number), QueueNumbers.LastCopy(number));
        }
        catch (Exception e) when (IsDamage(e))
        {
            // Their pages are damaged, or the database is of a form without them.
            target.Execute("ROLLBACK TO attempts");
        }

        target.Execute("RELEASE attempts");
    }

    private static bool IsWhole(SqlSession target, long number) => target.Integer(
        "SELECT size = (SELECT coalesce(sum(length(content)), 0) FROM chunk WHERE key BETWEEN $2 AND $3) FROM message WHERE num = $1",
        number,
        QueueNumbers.FirstChunk(number),
        QueueNumbers.LastChunk(number)) is 1;

    /// <param name="table">of names, of what an operator stopped.</param>
    private static void CopyStopped(SqlSession source, SqlSession target, string table)
    {
        try
        {
            using SqlRows rows = source.Query($"SELECT * FROM {table}");
            while (rows.Read()) target.Execute($"INSERT OR IGNORE INTO {table} VALUES ($1)", rows.GetString(0));
        }
        catch (Exception e) when (IsDamage(e))
        {
            // The table is damaged, or the database is of a form before it: what it would stop runs.
        }
    }

    private static void CopyRows(SqlSession source, SqlSession target, string table, string key, long first, long last)
    {
        using SqlRows rows = source.Query($"SELECT * FROM {table} WHERE {key} BETWEEN $1 AND $2", first, last);

        // By name: the damaged database may be of an older form, with fewer columns.
        string columns = string.Join(", ", Enumerable.Range(0, rows.FieldCount).Select(rows.GetName));
        string insert = $"INSERT INTO {table} ({columns}) VALUES ({string.Join(", ", Enumerable.Range(1, rows.FieldCount).Select(i => $"${i}"))})";
        SqlValue[] values = new SqlValue[rows.FieldCount];
        int count = 0;
        for (; rows.Read(); count++)
        {
            for (int i = 0; i < values.Length; i++) values[i] = rows.GetValue(i);
            target.Execute(insert, values);
        }

        // A message row without recipients is not a message that was saved.
        if (count == 0 && table is not ("chunk" or "attempt")) throw new SqliteException($"no rows in {table}", SQLitePCL.raw.SQLITE_CORRUPT);
    }
}
