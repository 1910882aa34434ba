using System.Security.Cryptography;
using System.Text;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>
/// <c>$W</c>: 26 lower-case base-32 characters. Made of the address and the place in the walk, since rewriting is a function: the
/// same address has the same text, another address or another expansion of it another one.
/// </summary>
internal static class UniqueText
{
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int Length = 26;

    public static string Of(Mailbox address, int place)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{place}:{address}"));
        return string.Create(Length, hash, static (span, bytes) =>
        {
            for (int i = 0; i < span.Length; i++) span[i] = Alphabet[bytes[i] & 31];
        });
    }
}
