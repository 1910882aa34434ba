using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace Postern.Queue;

/// <summary>
/// A prepared statement that is run again and again: parameters are bound by place and columns read where they are. The classes of ADO.NET look every
/// parameter up by its name and make a reader for each run, which took as long as the database itself. Rows are read from the statement itself.
/// </summary>
internal sealed class SqlStatement : IDisposable
{
    private readonly sqlite3 _database;
    private readonly sqlite3_stmt _statement;
    private readonly int[] _places;

    /// <summary>Rows are being read from it.</summary>
    private bool _isOpen;

    /// <exception cref="SqliteException">the text is not understood, or names what the database does not have.</exception>
    public SqlStatement(sqlite3 database, string sql)
    {
        _database = database;
        Check(raw.sqlite3_prepare_v3(database, sql, raw.SQLITE_PREPARE_PERSISTENT, out _statement));

        // To the library $2 is a name like any other, and has the place where it stands first.
        _places = [.. Enumerable.Range(1, raw.sqlite3_bind_parameter_count(_statement)).Select(n => raw.sqlite3_bind_parameter_index(_statement, $"${n}"))];
    }

    public int FieldCount => raw.sqlite3_column_count(_statement);

    public void Bind(ReadOnlySpan<SqlValue> values)
    {
        if (_isOpen) throw new InvalidOperationException("rows of this statement are still being read");
        if (values.Length != _places.Length) throw new ArgumentException($"{_places.Length} values are wanted", nameof(values));
        for (int i = 0; i < values.Length; i++) Check(values[i].Bind(_statement, _places[i]));
        _isOpen = true;
    }

    /// <summary>Goes to the next row; false behind the last.</summary>
    /// <exception cref="SqliteException">the database refused, or cannot be read.</exception>
    public bool Step()
    {
        int result = raw.sqlite3_step(_statement);
        Check(result);
        return result == raw.SQLITE_ROW;
    }

    /// <summary>Ends the run; the values stay bound until they are bound anew.</summary>
    public void Close()
    {
        // What it answers is what the last step answered already.
        if (_isOpen) raw.sqlite3_reset(_statement);
        _isOpen = false;
    }

    public string Name(int column) => raw.sqlite3_column_name(_statement, column).utf8_to_string();

    public bool IsNull(int column) => raw.sqlite3_column_type(_statement, column) == raw.SQLITE_NULL;

    /// <exception cref="InvalidCastException">it is NULL.</exception>
    public long Integer(int column)
    {
        long value = raw.sqlite3_column_int64(_statement, column);
        return value != 0 || !IsNull(column) ? value : throw Null(column);
    }

    /// <exception cref="InvalidCastException">it is NULL.</exception>
    public string Text(int column) => raw.sqlite3_column_text(_statement, column).utf8_to_string() ?? throw Null(column);

    public byte[] Blob(int column) => raw.sqlite3_column_blob(_statement, column).ToArray();

    /// <summary>The value as it is, for a parameter.</summary>
    public SqlValue Value(int column) => raw.sqlite3_column_type(_statement, column) switch
    {
        raw.SQLITE_NULL => default,
        raw.SQLITE_INTEGER => Integer(column),
        raw.SQLITE_TEXT => Text(column),
        raw.SQLITE_BLOB => Blob(column),
        _ => throw new InvalidCastException($"column {Name(column)} is no value of this database"),
    };

    public void Dispose() => _statement.Dispose();

    private void Check(int result) => SqliteException.ThrowExceptionForRC(result, _database);

    private InvalidCastException Null(int column) => new($"column {Name(column)} is NULL");
}
