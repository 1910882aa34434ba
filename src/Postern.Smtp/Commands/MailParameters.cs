namespace Postern.Smtp.Commands;

/// <summary>The parameters of MAIL.</summary>
/// <param name="Size">octets the client announced (RFC 1870); null when it did not.</param>
/// <param name="IsEightBit">BODY=8BITMIME (RFC 6152).</param>
/// <param name="HasAuth">AUTH= was given (RFC 4954 §5). Its value is not kept: we trust no peer's word for it.</param>
/// <param name="IsBinary">BODY=BINARYMIME (RFC 3030 §3): the content is not made of lines.</param>
/// <param name="EnvelopeId">ENVID (RFC 3461 §4.4), decoded; null when it was not given.</param>
/// <param name="Return">RET (RFC 3461 §4.3).</param>
/// <param name="SmtpUtf8">SMTPUTF8 (RFC 6531): addresses and header of the transaction may hold UTF-8.</param>
public sealed record MailParameters(
    long? Size = null, bool IsEightBit = false, bool HasAuth = false, bool IsBinary = false, string? EnvelopeId = null, ReturnedContent Return = ReturnedContent.None, bool SmtpUtf8 = false)
{
    public static MailParameters None { get; } = new();

    /// <summary>Whether any parameter was given; BODY=7BIT counts.</summary>
    public bool IsEmpty { get; init; } = true;
}
