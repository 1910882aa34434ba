namespace Postern.Policy.Channels;

/// <summary>What becomes of message lines over 998 octets (RFC 5321 §4.5.3.1.6).</summary>
public enum LongLines
{
    Reject,
    Truncate,
    Wrap,
}
