using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Postern.Queue;

/// <summary>One connection with its prepared statements, each kept under its text. Parameters are $1, $2, ... in order. Not for two threads at once.</summary>
internal sealed class SqlSession : IDisposable
{
    /// <summary>How long a statement waits for a lock of another process.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly SqliteConnection _connection;
    private readonly sqlite3 _database;
    private readonly Dictionary<string, SqlStatement> _statements = new(StringComparer.Ordinal);

    private SqlSession(SqliteConnection connection)
    {
        _connection = connection;
        _database = connection.Handle ?? throw new InvalidOperationException("the connection is not open");
        SqliteException.ThrowExceptionForRC(raw.sqlite3_busy_timeout(_database, (int)Patience.TotalMilliseconds), _database);
    }

    /// <summary>What the transaction under way changes of the totals.</summary>
    public SqliteTotalsLedger Totals { get; } = new();

    /// <summary>What claims need not walk over again.</summary>
    public DueFrontier Frontier { get; } = new();

    /// <exception cref="SqliteException">it cannot be opened.</exception>
    public static SqlSession Open(string file, SqliteOpenMode mode)
    {
        SqliteConnectionStringBuilder text = new() { DataSource = file, Mode = mode, Pooling = false, DefaultTimeout = (int)Patience.TotalSeconds };
        SqliteConnection connection = new(text.ToString());
        try
        {
            connection.Open();
            return new SqlSession(connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <returns>rows changed.</returns>
    public int Execute(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlRows rows = Query(sql, values);
        while (rows.Read())
        {
        }

        return raw.sqlite3_changes(_database);
    }

    /// <returns>the integer in the first column of the first row; null for NULL and for no row.</returns>
    public long? Integer(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlRows rows = Query(sql, values);
        return rows.Read() && !rows.IsDBNull(0) ? rows.GetInt64(0) : null;
    }

    /// <returns>the blob in the first column of the first row; null for NULL and for no row.</returns>
    public byte[]? Blob(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlRows rows = Query(sql, values);
        return rows.Read() && !rows.IsDBNull(0) ? rows.GetBlob(0) : null;
    }

    /// <summary>Whether there is a row.</summary>
    public bool Any(string sql, params ReadOnlySpan<SqlValue> values)
    {
        using SqlRows rows = Query(sql, values);
        return rows.Read();
    }

    /// <summary>Rows; they must be disposed before the same text is run again.</summary>
    public SqlRows Query(string sql, params ReadOnlySpan<SqlValue> values)
    {
        if (!_statements.TryGetValue(sql, out SqlStatement? statement)) _statements.Add(sql, statement = new SqlStatement(_database, sql));
        statement.Bind(values);
        return new SqlRows(statement);
    }

    /// <summary>For text that is run once, that changes the schema, or that holds several statements.</summary>
    public void ExecuteOnce(string sql)
    {
        using SqliteCommand command = _connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a constant of this assembly.
        command.CommandText = sql;
#pragma warning restore CA2100
        command.ExecuteNonQuery();
    }

    public void Dispose()
    {
        foreach (SqlStatement statement in _statements.Values) statement.Dispose();
        _connection.Dispose();
    }
}
