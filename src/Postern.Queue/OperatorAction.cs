namespace Postern.Queue;

/// <summary>What an operator may do to queued recipients.</summary>
public abstract record OperatorAction
{
    private OperatorAction()
    {
    }

    /// <summary>Queued recipients wait for a release.</summary>
    public sealed record Hold(string Reason) : OperatorAction;

    /// <summary>Held recipients are due at once, in front of others.</summary>
    /// <param name="Force">what is rewritten anew goes whatever its Received fields say.</param>
    /// <param name="Rewrite">it is rewritten and expanded anew before it is delivered; what is in channel <c>hold</c> is always.</param>
    public sealed record Release(bool Force = false, bool Rewrite = false) : OperatorAction;

    /// <summary>Queued recipients are due at once, in front of others.</summary>
    public sealed record Retry : OperatorAction;

    /// <summary>Queued and held recipients fail; the sender is told unless NOTIFY forbids it.</summary>
    /// <param name="Reply">kept as the last reply, in the form the notification reads.</param>
    /// <param name="Silent">the sender is not told, of a delay neither.</param>
    public sealed record Return(string Reply, bool Silent = false) : OperatorAction;

    /// <summary>Queued and held recipients are dropped and nobody is told, of earlier failures neither.</summary>
    public sealed record Delete : OperatorAction;
}
