namespace Postern.Queue;

/// <summary>Lets the tests put a failure where a disk would have one. The product passes none.</summary>
internal abstract class SqliteFaults
{
    /// <summary>Free space to report instead of the file system's; null: ask it.</summary>
    public virtual long? FreeBytes => null;

    /// <summary>A writing connection was opened.</summary>
    public virtual void Opened(SqlSession session)
    {
    }

    /// <summary>A transaction is about to be committed; what this throws is what COMMIT would throw.</summary>
    public virtual void BeforeCommit()
    {
    }

    /// <summary>A transaction is in the log; what this throws is what a COMMIT would throw that cannot tell.</summary>
    public virtual void AfterCommit()
    {
    }
}
