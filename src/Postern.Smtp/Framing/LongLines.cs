namespace Postern.Smtp.Framing;

/// <summary>What becomes of content lines over <see cref="ContentDecoder.MaximumLine"/> octets (RFC 5321 §4.5.3.1.6).</summary>
public enum LongLines
{
    /// <summary>The message is refused.</summary>
    Reject,

    /// <summary>The rest of the line is dropped.</summary>
    Truncate,

    /// <summary>A line end is put in; in the header a folded one.</summary>
    Wrap,
}
