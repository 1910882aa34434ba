namespace Postern.Smtp.Addresses;

/// <summary>What reading an address gave.</summary>
public abstract record AddressParse
{
    public sealed record Parsed(Mailbox Mailbox) : AddressParse;

    /// <param name="NeedsSmtpUtf8">the text is an address, but only for a transaction with SMTPUTF8 (RFC 6531): 553 5.6.7 instead of 501.</param>
    public sealed record Invalid(string Reason, bool NeedsSmtpUtf8) : AddressParse;
}
