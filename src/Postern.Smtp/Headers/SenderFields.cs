using System.Text;

namespace Postern.Smtp.Headers;

/// <summary>
/// Puts the address that a user logged in with into a header (<c>authrewrite</c>; Administration Guide 6.3, ch. 12). In a message
/// that was resent the fields of the newest resending are meant. All other octets stay as they came.
/// </summary>
public static class SenderFields
{
    /// <summary>The Sender field names the user; it is left out where From names nobody else (RFC 5322 §3.6.2).</summary>
    /// <param name="header">whole lines, without the empty line behind them.</param>
    public static byte[] WithSender(ReadOnlySpan<byte> header, string user) => Edit(header, user, replacesFrom: false);

    /// <summary>The From field is the user's address alone, and there is no Sender field.</summary>
    /// <param name="header">whole lines, without the empty line behind them.</param>
    public static byte[] WithFrom(ReadOnlySpan<byte> header, string user) => Edit(header, user, replacesFrom: true);

    private static byte[] Edit(ReadOnlySpan<byte> header, string user, bool replacesFrom)
    {
        bool resent = HeaderScan.Count(header, "Resent-From"u8) > 0, seenFrom = false, seenSender = false;
        string from = resent ? "Resent-From" : "From", sender = resent ? "Resent-Sender" : "Sender";
        byte[] user8 = Encoding.UTF8.GetBytes($"{(replacesFrom ? from : sender)}: {user}\r\n");
        MemoryStream output = new(header.Length + user8.Length);
        while (!header.IsEmpty)
        {
            int length = FieldLength(header);
            ReadOnlySpan<byte> field = header[..length];
            header = header[length..];
            string name = NameOf(field, out string body);
            if (name.Equals(sender, StringComparison.OrdinalIgnoreCase) && !(resent && seenSender))
            {
                seenSender = true;
                continue;
            }

            bool isFrom = !seenFrom && name.Equals(from, StringComparison.OrdinalIgnoreCase);
            seenFrom |= isFrom;
            bool isOther = isFrom && !Names(body, user);
            if (!(isOther && replacesFrom)) output.Write(field);
            if (isOther) output.Write(user8);
        }

        if (!seenFrom) output.Write(user8);
        return output.ToArray();
    }

    private static string NameOf(ReadOnlySpan<byte> field, out string body)
    {
        int colon = field.IndexOf((byte)':');
        body = Encoding.UTF8.GetString(field[(colon + 1)..]).Replace("\r\n", "", StringComparison.Ordinal).Trim();
        return colon < 0 ? "" : Encoding.Latin1.GetString(field[..colon]).TrimEnd();
    }

    /// <summary>With the lines that continue it.</summary>
    private static int FieldLength(ReadOnlySpan<byte> header)
    {
        int length = 0;
        do
        {
            int line = header[length..].IndexOf("\r\n"u8);
            if (line < 0) return header.Length;
            length += line + 2;
        }
        while (length < header.Length && header[length] is (byte)' ' or (byte)'\t');
        return length;
    }

    /// <summary>Whether the body is that one address, with or without a display name.</summary>
    private static bool Names(string body, string address) =>
        body.Equals(address, StringComparison.OrdinalIgnoreCase)
        || (body.EndsWith($"<{address}>", StringComparison.OrdinalIgnoreCase) && body.Count(c => c is '<' or ',') == 1);
}
