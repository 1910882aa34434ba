namespace Postern.Queue;

/// <summary>The result of an attempt for one recipient.</summary>
/// <param name="Next">when to try again; read only for <see cref="DeliveryResult.Deferred"/>.</param>
/// <param name="Reply">words kept as the last reply; for <see cref="DeliveryResult.Held"/> the reason.</param>
/// <param name="Warns">deferred past a notice age: a delay warning is owed unless NOTIFY forbids it.</param>
/// <param name="InMailbox">delivered for good, so that nobody else will tell the sender who asked for news of success.</param>
public sealed record DeliveryRecord(RecipientKey Key, DeliveryResult Result, DateTimeOffset Next, string Reply, bool Warns = false, bool InMailbox = false)
{
    /// <summary>False: nothing was tried, and the number of attempts stays (DEQUEUE_ACCESS).</summary>
    public bool IsAttempt { get; init; } = true;

    /// <summary>An attempt that did not succeed, and is remembered as long as the message is there.</summary>
    internal bool IsInHistory => IsAttempt && Result is DeliveryResult.Deferred or DeliveryResult.Failed;
}
