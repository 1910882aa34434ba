namespace Postern.Smtp.Session;

/// <summary>Why the line framing refused a command line (RFC 5321 §2.3.8, §4.5.3.1.4).</summary>
public enum LineFault
{
    TooLong,
    BareCarriageReturn,
    BareLineFeed,
    NullByte,
}
