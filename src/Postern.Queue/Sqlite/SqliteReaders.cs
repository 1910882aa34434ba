using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Postern.Queue;

/// <summary>Read-only connections that are used again. A connection on which a read failed is not.</summary>
internal sealed class SqliteReaders(QueueFiles files) : IDisposable
{
    private const int Kept = 4;

    private readonly ConcurrentBag<SqlSession> _idle = [];
    private volatile bool _closed;

    /// <exception cref="QueueReadException">the database cannot be read, or what it holds cannot be decoded.</exception>
    public T Read<T>(Func<SqlSession, T> read)
    {
        SqlSession? session = null;
        try
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (!_idle.TryTake(out session)) session = files.OpenReader();
            T result = read(session);
            if (!_closed && _idle.Count < Kept)
            {
                _idle.Add(session);
                session = null;
            }

            return result;
        }
        catch (Exception e) when (e is SqliteException or InvalidCastException or OverflowException)
        {
            throw new QueueReadException($"the queue database cannot be read: {e.Message}", e);
        }
        finally
        {
            session?.Dispose();
        }
    }

    public void Dispose()
    {
        _closed = true;
        while (_idle.TryTake(out SqlSession? session)) session.Dispose();
    }
}
