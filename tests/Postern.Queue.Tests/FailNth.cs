using Microsoft.Data.Sqlite;

namespace Postern.Queue.Tests;

/// <summary>A disk that refuses the n-th transaction from 0, once: before it is in the log, or after, when nobody can tell.</summary>
internal sealed class FailNth(int n, bool afterTheFact) : SqliteFaults
{
    private int _transactions = -1;

    public bool HasFailed { get; private set; }

    public override void BeforeCommit()
    {
        _transactions++;
        if (!afterTheFact) Fail();
    }

    public override void AfterCommit()
    {
        if (afterTheFact) Fail();
    }

    private void Fail()
    {
        if (_transactions != n || HasFailed) return;
        HasFailed = true;
        throw new SqliteException("disk I/O error", SQLitePCL.raw.SQLITE_IOERR);
    }
}
