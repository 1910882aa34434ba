namespace Postern.Queue;

/// <summary>Gives free pages back to the file system a piece at a time, so that a backlog that is gone does not keep its disk space.</summary>
internal static class SqliteVacuum
{
    private const long PageSize = 4096;

    /// <param name="kept">octets of free pages that stay.</param>
    public static bool IsDue(SqlSession session, long kept) => session.Integer("PRAGMA freelist_count") * PageSize > kept;

    /// <summary>Takes 1 MiB off the end of the file; the file itself is cut at the next checkpoint.</summary>
    public static bool Step(SqlSession session)
    {
        // One row for each page: the statement is done when its rows are.
        session.Execute("PRAGMA incremental_vacuum(256)");
        return true;
    }
}
