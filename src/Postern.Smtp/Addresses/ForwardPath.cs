namespace Postern.Smtp.Addresses;

/// <summary>The argument of RCPT (RFC 5321 §4.1.1.3).</summary>
/// <param name="Given">the text between the angle brackets as the client wrote it; replies print it.</param>
public sealed record ForwardPath(Mailbox Mailbox, string Given)
{
    public override string ToString() => Mailbox.ToString();
}
