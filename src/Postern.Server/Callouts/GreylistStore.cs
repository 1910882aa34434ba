using Microsoft.Data.Sqlite;
using Postern.Policy.Configuration;

namespace Postern.Server.Callouts;

// IDEA. One row for each triple of network, sender and recipient, known by its hash alone: when it was first seen, when last, and whether it
// came back in time. A row that never came back is forgotten after the window, a row that did after its lifetime without mail.
//
// COST. One look-up and one write a question, in a file of its own. Forgetting reads the table once in an hour, and when it is full; if that
// does not help, those that have not come back yet begin anew. A table full of known ones takes no new triple. Nothing is synchronised to the disk at once: a crash of the machine may cost the
// last triples, and with them one more delay, never mail.

/// <summary>The memory of the greylist, in a SQLite file; it outlives the server. Safe for concurrent use.</summary>
public sealed class GreylistStore : IDisposable
{
    private static readonly TimeSpan Sweep = TimeSpan.FromHours(1);

    private readonly Lock _gate = new();
    private readonly string _file;
    private SqliteConnection? _connection;
    private DateTimeOffset _swept;
    private long _entries;

    /// <summary>The file is opened, and made, when somebody asks for the first time.</summary>
    public GreylistStore(string file) => _file = file;

    /// <summary>Whether the triple has come back in time before, or does now; remembers that it was here.</summary>
    /// <exception cref="GreylistException">the file cannot be read or written.</exception>
    public bool Knows(ReadOnlySpan<byte> key, GreylistTerms terms, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(terms);
        lock (_gate)
        {
            try
            {
                SqliteConnection connection = _connection ??= Open();
                if (now - _swept >= Sweep || _entries >= terms.MaximumEntries) Forget(connection, terms, now);
                if (_entries >= terms.MaximumEntries) ForgetUnproven(connection);
                return Ask(connection, key.ToArray(), terms, now);
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
            {
                _connection?.Dispose();
                _connection = null;
                throw new GreylistException($"the greylist \"{_file}\" cannot be used: {e.Message}", e);
            }
        }
    }

    /// <summary>Triples remembered now.</summary>
    /// <exception cref="GreylistException">the file cannot be read.</exception>
    public long Count()
    {
        lock (_gate)
        {
            try
            {
                _connection ??= Open();
                return _entries;
            }
            catch (Exception e) when (e is SqliteException or IOException or UnauthorizedAccessException)
            {
                throw new GreylistException($"the greylist \"{_file}\" cannot be used: {e.Message}", e);
            }
        }
    }

    public void Dispose()
    {
        lock (_gate) _connection?.Dispose();
    }

    private bool Ask(SqliteConnection connection, byte[] key, GreylistTerms terms, DateTimeOffset now)
    {
        long at = now.ToUnixTimeSeconds();
        using SqliteTransaction transaction = connection.BeginTransaction();
        (long First, long Seen, bool Passed)? row = Find(connection, key);
        bool isNew = row is null;
        if (row is { } old && IsOver(old, terms, at)) row = null;
        bool passes = row is { } known && (known.Passed || at - known.First >= terms.Delay.TotalSeconds);
        if (isNew && _entries >= terms.MaximumEntries) return false;
        using SqliteCommand write = connection.CreateCommand();
        write.CommandText = "INSERT INTO triple (key, first, seen, passed) VALUES ($key, $first, $seen, $passed) ON CONFLICT (key) DO UPDATE SET first = $first, seen = $seen, passed = $passed";
        write.Parameters.AddWithValue("$key", key);
        write.Parameters.AddWithValue("$first", row?.First ?? at);
        write.Parameters.AddWithValue("$seen", at);
        write.Parameters.AddWithValue("$passed", passes ? 1 : 0);
        write.ExecuteNonQuery();
        transaction.Commit();
        if (isNew) _entries++;
        return passes;
    }

    private static (long First, long Seen, bool Passed)? Find(SqliteConnection connection, byte[] key)
    {
        using SqliteCommand read = connection.CreateCommand();
        read.CommandText = "SELECT first, seen, passed FROM triple WHERE key = $key";
        read.Parameters.AddWithValue("$key", key);
        using SqliteDataReader row = read.ExecuteReader();
        return row.Read() ? (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2) != 0) : null;
    }

    private static bool IsOver((long First, long Seen, bool Passed) row, GreylistTerms terms, long at) =>
        row.Passed ? at - row.Seen > terms.Lifetime.TotalSeconds : at - row.First > terms.Window.TotalSeconds;

    private static long Count(SqliteConnection connection)
    {
        using SqliteCommand count = connection.CreateCommand();
        count.CommandText = "SELECT count(*) FROM triple";
        return (long)count.ExecuteScalar()!;
    }

    private void Forget(SqliteConnection connection, GreylistTerms terms, DateTimeOffset now)
    {
        using SqliteCommand forget = connection.CreateCommand();
        forget.CommandText = "DELETE FROM triple WHERE CASE passed WHEN 0 THEN first < $tried ELSE seen < $passed END";
        forget.Parameters.AddWithValue("$tried", (now - terms.Window).ToUnixTimeSeconds());
        forget.Parameters.AddWithValue("$passed", (now - terms.Lifetime).ToUnixTimeSeconds());
        _entries -= forget.ExecuteNonQuery();
        _swept = now;
    }

    /// <summary>Room for new triples when none is old enough: whoever is on the way here has to wait once more.</summary>
    private void ForgetUnproven(SqliteConnection connection)
    {
        using SqliteCommand forget = connection.CreateCommand();
        forget.CommandText = "DELETE FROM triple WHERE passed = 0";
        _entries -= forget.ExecuteNonQuery();
    }

    private SqliteConnection Open()
    {
        if (!File.Exists(_file))
        {
            FileStreamOptions made = new() { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) made.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
            new FileStream(_file, made).Dispose();
        }

        SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = _file, Mode = SqliteOpenMode.ReadWrite, Pooling = false }.ToString());
        try
        {
            connection.Open();
            using SqliteCommand make = connection.CreateCommand();
            make.CommandText = "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE IF NOT EXISTS triple (key BLOB PRIMARY KEY, first INTEGER NOT NULL, seen INTEGER NOT NULL, passed INTEGER NOT NULL) WITHOUT ROWID;";
            make.ExecuteNonQuery();
            _entries = Count(connection);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }
}
