namespace Postern.Smtp.Framing;

/// <summary>How content is made up, which says where it ends and what it may hold.</summary>
public enum ContentForm
{
    /// <summary>Lines behind DATA, up to CRLF.CRLF (RFC 5321 §4.5.2).</summary>
    Dotted,

    /// <summary>Lines in chunks of counted octets (RFC 3030 §2): a dot is a dot.</summary>
    Chunked,

    /// <summary>Any octets in such chunks (BODY=BINARYMIME, RFC 3030 §3).</summary>
    Binary,
}
