namespace Postern.Policy.Access;

/// <summary>What becomes of a connection, a sender or a recipient.</summary>
public enum Verdict
{
    Accept,
    Reject,

    /// <summary>Cannot tell now: a 4xx reply, never "no match".</summary>
    Defer,

    /// <summary>Accepted, then dropped (<c>$B</c>, <c>$V</c>, <c>$Z</c>).</summary>
    Discard,

    /// <summary>Accepted and kept until an operator releases it (<c>$H</c>).</summary>
    Hold,
}
