namespace Postern.Smtp.Commands;

/// <summary>The parameters of RCPT.</summary>
/// <param name="OriginalRecipient">ORCPT (RFC 3461 §4.2), decoded, <c>type;address</c>; null when it was not given.</param>
public sealed record RcptParameters(Notify Notify = Notify.None, string? OriginalRecipient = null)
{
    public static RcptParameters None { get; } = new();

    public bool IsEmpty => Notify == Notify.None && OriginalRecipient is null;
}
