using System.Text;

namespace Postern.Smtp.Headers;

/// <summary>
/// Looks at a header block (RFC 5322 §2.2) byte by byte: no allocation, nothing decoded, nothing changed. Lines end with
/// CRLF, as content does that came through <see cref="Framing.ContentDecoder"/>.
/// </summary>
public static class HeaderScan
{
    /// <summary>Finds the empty line behind the header.</summary>
    /// <param name="end">octets of the header with the CRLF of its last line, without the empty line; 0 when there is no header.</param>
    /// <returns>false when there is no empty line (yet).</returns>
    public static bool TryFindEnd(ReadOnlySpan<byte> message, out int end)
    {
        end = 0;
        if (message.StartsWith("\r\n"u8)) return true;
        int index = message.IndexOf("\r\n\r\n"u8);
        if (index < 0) return false;
        end = index + 2;
        return true;
    }

    /// <summary>How many fields have that name, in any case of letters. Ends at an empty line.</summary>
    public static int Count(ReadOnlySpan<byte> header, ReadOnlySpan<byte> name)
    {
        int count = 0;
        while (!header.IsEmpty && !header.StartsWith("\r\n"u8))
        {
            if (IsField(header, name)) count++;
            int next = header.IndexOf("\r\n"u8);
            if (next < 0) break;
            header = header[(next + 2)..];
        }

        return count;
    }

    /// <summary>Octets of the first field with its continuation lines and line end.</summary>
    public static int FieldLength(ReadOnlySpan<byte> header)
    {
        int length = 0;
        do
        {
            int end = header[length..].IndexOf("\r\n"u8);
            if (end < 0) return header.Length;
            length += end + 2;
        }
        while (length < header.Length && header[length] is (byte)' ' or (byte)'\t');
        return length;
    }

    private static bool IsField(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name)
    {
        if (line.Length <= name.Length || !Ascii.EqualsIgnoreCase(line[..name.Length], name)) return false;

        // Blanks before the colon are obsolete syntax (RFC 5322 §4.5.8) that readers still honour.
        ReadOnlySpan<byte> rest = line[name.Length..].TrimStart(" \t"u8);
        return !rest.IsEmpty && rest[0] == (byte)':';
    }
}
