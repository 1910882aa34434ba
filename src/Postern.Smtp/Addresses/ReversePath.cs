namespace Postern.Smtp.Addresses;

/// <summary>The argument of MAIL (RFC 5321 §4.1.1.2).</summary>
/// <param name="Mailbox">null for the null reverse-path <c>&lt;&gt;</c> of notifications.</param>
/// <param name="Given">the text between the angle brackets as the client wrote it.</param>
public sealed record ReversePath(Mailbox? Mailbox, string Given)
{
    public static ReversePath Null { get; } = new(null, "");

    /// <inheritdoc cref="Mailbox.CanonicalText"/>
    public string CanonicalText => Mailbox?.CanonicalText ?? "";

    public bool IsNull => Mailbox is null;

    public override string ToString() => Mailbox?.ToString() ?? "";
}
