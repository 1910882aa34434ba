using System.Security.Cryptography;
using System.Text;

namespace Postern.Server.Logs;

// A local part becomes "~" and sixteen characters of a keyed hash of its lower-case form; the domain stays. So equal addresses stay
// equal and can be followed from line to line, and nobody without the key can try names. Of "user%host@domain" and "host!user@domain"
// only the user is hidden: the hosts are what a relay check is about. What comes before an "@" in any text is taken for a
// local part, as far back as an address can reach.

/// <summary>Hides the local parts of addresses in texts (LOG_PRIVACY).</summary>
public sealed class AddressVeil(byte[] key)
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
    private const int Length = 16;

    /// <summary>What cannot stand before the "@" of an address without quotes.</summary>
    private const string Ends = " \t|,;:<>()[]\"@";

    /// <summary>A local part without its domain.</summary>
    public string Local(string local)
    {
        if (local.Length == 0 || local[0] == '~') return local;
        if (local[0] == '"') return Hash(local.Trim('"').Replace("\\", "", StringComparison.Ordinal));
        int start = local.LastIndexOf('!') + 1;
        int percent = local.IndexOf('%', start);
        int end = percent < 0 ? local.Length : percent;
        return $"{local[..start]}{Hash(local[start..end])}{local[end..]}";
    }

    /// <summary>A whole address, with a domain or without.</summary>
    public string Address(string address) => address.Contains('@', StringComparison.Ordinal) ? Text(address) : Local(address);

    /// <summary>The text with every address in it veiled.</summary>
    /// <param name="locals">told each local part that was found; may be null.</param>
    public string Text(string text, ISet<string>? locals = null)
    {
        if (!text.Contains('@', StringComparison.Ordinal)) return text;
        StringBuilder veiled = new(text.Length);
        int done = 0;
        for (int at = text.IndexOf('@', StringComparison.Ordinal); at >= 0; at = text.IndexOf('@', at + 1))
        {
            int start = Start(text, done, at);
            string local = text[start..at];
            if (local.Length > 0) locals?.Add(local);
            veiled.Append(text, done, start - done).Append(Local(local));
            done = at;
        }

        return veiled.Append(text, done, text.Length - done).ToString();
    }

    private static int Start(string text, int least, int at)
    {
        int start = at;
        if (start > least && text[start - 1] == '"')
        {
            start -= 2;
            while (start >= least && (text[start] != '"' || (start > least && text[start - 1] == '\\'))) start--;
            if (start >= least) return start;
            start = at - 1;
        }

        while (start > least && !Ends.Contains(text[start - 1], StringComparison.Ordinal)) start--;
        return start;
    }

    private string Hash(string local)
    {
        if (local.Length == 0) return local;
        byte[] hash = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(local.ToLowerInvariant()));
        return string.Create(Length + 1, hash, static (text, bytes) =>
        {
            text[0] = '~';
            for (int i = 0; i < Length; i++) text[i + 1] = Alphabet[bytes[i] & 31];
        });
    }
}
