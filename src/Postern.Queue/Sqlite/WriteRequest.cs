namespace Postern.Queue;

/// <summary>One call that waits for the writer. Exactly one of <see cref="Complete"/> and <see cref="Fail"/> is called, once.</summary>
internal abstract class WriteRequest(WriteKind kind)
{
    public WriteKind Kind { get; } = kind;

    /// <summary>Makes the changes inside the writer's transaction. It may be run in vain, so it touches nothing but the database.</summary>
    public abstract void Run(SqlSession session);

    public abstract void Complete();

    public abstract void Fail(Exception reason);
}

/// <summary>A call with a result.</summary>
internal sealed class WriteRequest<T>(WriteKind kind, Func<SqlSession, T> work) : WriteRequest(kind)
{
    private readonly TaskCompletionSource<T> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private T? _result;

    public Task<T> Task => _done.Task;

    public override void Run(SqlSession session) => _result = work(session);

    public override void Complete() => _done.SetResult(_result!);

    public override void Fail(Exception reason) => _done.SetException(reason);
}
