using Microsoft.Data.Sqlite;
using Xunit;

namespace Postern.Queue.Tests;

public sealed class SqlSessionTests : IDisposable
{
    private readonly ScratchDirectory _scratch = new();
    private readonly SqlSession _session;

    public SqlSessionTests()
    {
        _session = SqlSession.Open(Path.Combine(_scratch.Path, "any.db"), SqliteOpenMode.ReadWriteCreate);
        _session.Execute("CREATE TABLE t (i INTEGER, s TEXT, b BLOB)");
    }

    public void Dispose()
    {
        _session.Dispose();
        _scratch.Dispose();
    }

    [Fact]
    public void Parameters_have_their_places_by_number_wherever_they_stand()
    {
        Assert.Equal(1, _session.Execute("INSERT INTO t (s, i, b) VALUES ($2, $1, $3)", 7L, "seven", new byte[] { 7 }));
        Assert.Equal(1, _session.Execute("UPDATE t SET s = $2 WHERE i = $1 AND s <> $2", 7L, "VII"));
        using SqlRows row = _session.Query("SELECT i, s, b FROM t WHERE s = $1", "VII");
        Assert.True(row.Read());
        Assert.Equal((7L, "VII"), (row.GetInt64(0), row.GetString(1)));
        Assert.Equal([7], row.GetBlob(2));
        Assert.False(row.Read());
    }

    [Fact]
    public void A_value_is_stored_as_what_it_is()
    {
        _session.Execute("INSERT INTO t VALUES ($1, $2, $3)", default(long?), default(string), Array.Empty<byte>());
        using SqlRows row = _session.Query("SELECT i, s, b, typeof(b) FROM t");
        Assert.True(row.Read());
        Assert.True(row.IsDBNull(0) && row.IsDBNull(1) && !row.IsDBNull(2));
        Assert.Empty(row.GetBlob(2));
        Assert.Equal("blob", row.GetString(3));
        Assert.Throws<InvalidCastException>(() => row.GetInt64(0));
        Assert.Throws<InvalidCastException>(() => row.GetString(1));
    }

    [Fact]
    public void A_number_of_64_bits_is_none_of_32()
    {
        using SqlRows row = _session.Query("SELECT $1", 1L << 40);
        Assert.True(row.Read());
        Assert.Throws<OverflowException>(() => row.GetInt32(0));
    }

    [Fact]
    public void Too_few_values_are_refused_and_an_error_leaves_the_statement_usable()
    {
        Assert.Throws<ArgumentException>(() => _session.Execute("INSERT INTO t VALUES ($1, $2, $3)", 1L));
        _session.Execute("CREATE UNIQUE INDEX once ON t (i)");
        Assert.Equal(1, _session.Execute("INSERT INTO t VALUES ($1, NULL, NULL)", 1L));
        SqliteException twice = Assert.Throws<SqliteException>(() => _session.Execute("INSERT INTO t VALUES ($1, NULL, NULL)", 1L));
        Assert.Equal(SQLitePCL.raw.SQLITE_CONSTRAINT, twice.SqliteErrorCode);
        Assert.Equal(1, _session.Execute("INSERT INTO t VALUES ($1, NULL, NULL)", 2L));
        Assert.Throws<SqliteException>(() => _session.Execute("INSERT INTO nothing VALUES (1)"));
    }

    [Fact]
    public void Rows_that_are_being_read_are_not_begun_anew()
    {
        _session.Execute("INSERT INTO t VALUES (1, 'a', NULL)");
        using (SqlRows rows = _session.Query("SELECT i FROM t"))
        {
            Assert.True(rows.Read());
            Assert.Throws<InvalidOperationException>(() => _session.Query("SELECT i FROM t"));
        }

        Assert.Equal(1, _session.Integer("SELECT i FROM t"));
        Assert.Null(_session.Integer("SELECT i FROM t WHERE i = 5"));
        Assert.Null(_session.Blob("SELECT b FROM t"));
        Assert.True(_session.Any("SELECT 1 FROM t WHERE s = $1", "a"));
        Assert.False(_session.Any("SELECT 1 FROM t WHERE s = $1", "b"));
    }
}
