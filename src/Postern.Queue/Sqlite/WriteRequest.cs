namespace Postern.Queue;

/// <summary>One call that waits for the writer. Exactly one of <see cref="Complete"/> and <see cref="Fail"/> is called, once.</summary>
internal abstract class WriteRequest(WriteKind kind)
{
    public WriteKind Kind { get; } = kind;

    /// <summary>Makes the changes inside the writer's transaction. It may be run in vain, so it touches nothing but the database.</summary>
    public abstract void Run(SqlSession session);

    public abstract void Complete();

    public abstract void Fail(Exception reason);

    /// <summary>It would do harm if a failed commit had reached the disk all the same.</summary>
    public abstract bool CanBeTakenBack { get; }

    /// <summary>Takes back what <see cref="Run"/> did, in a later transaction: the commit was reported failed, and nobody knows whether it was.</summary>
    public abstract void TakeBack(SqlSession session);
}

/// <summary>A call with a result.</summary>
/// <param name="takeBack">null where it does no harm that a failed commit reached the disk.</param>
internal sealed class WriteRequest<T>(WriteKind kind, Func<SqlSession, T> work, Action<SqlSession, T>? takeBack = null) : WriteRequest(kind)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;
    private bool _wasRun;

    public Task<T> Task => _done.Task;

    public override void Run(SqlSession session)
    {
        _result = work(session);
        _wasRun = true;
    }

    public override bool CanBeTakenBack => takeBack is not null && _wasRun;

    public override void TakeBack(SqlSession session)
    {
        if (CanBeTakenBack) takeBack!(session, _result!);
    }

    public override void Complete() => _done.SetResult(_result!);

    public override void Fail(Exception reason) => _done.SetException(reason);
}
