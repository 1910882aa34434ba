using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;

namespace Postern.Smtp.Sasl;

/// <summary>Decodes what a client sends in an AUTH exchange.</summary>
internal static class SaslResponse
{
    /// <returns>null unless the text is base64 of UTF-8; blanks are not skipped.</returns>
    public static string? Decode(ReadOnlySpan<byte> base64)
    {
        if (base64.IsEmpty) return "";
        if (base64.IndexOfAnyExceptInRange((byte)'!', (byte)'~') >= 0) return null;
        byte[] decoded = new byte[Base64.GetMaxDecodedFromUtf8Length(base64.Length)];
        OperationStatus status = Base64.DecodeFromUtf8(base64, decoded, out _, out int length);
        ReadOnlySpan<byte> text = decoded.AsSpan(0, length);
        return status == OperationStatus.Done && Utf8.IsValid(text) ? Encoding.UTF8.GetString(text) : null;
    }

    /// <summary>
    /// Splits the message of PLAIN; null when it has not exactly two NULs.
    /// <code>
    /// message = [ authzid ] NUL authcid NUL passwd            ; RFC 4616 §2
    /// </code>
    /// </summary>
    public static (string Authorization, string User, string Password)? SplitPlain(string message) =>
        message.Split('\0') is [var authorization, var user, var password] ? (authorization, user, password) : null;
}
