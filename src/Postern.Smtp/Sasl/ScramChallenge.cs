using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postern.Smtp.Sasl;

// server-first-message = "r=" c-nonce s-nonce ",s=" base64 ",i=" posit-number           ; RFC 5802 §7
// client-final-message = "c=" base64 ",r=" c-nonce s-nonce [ "," extensions ] ",p=" base64
// server-final-message = "v=" base64
//
// IDEA. The client shows that it knows ClientKey without sending it: p = ClientKey XOR HMAC(StoredKey, AuthMessage), and
// StoredKey = H(ClientKey). AuthMessage holds all that both said, the GS2 header and the data of the channel among it.
// COST. Three HMACs; the costly derivation is the client's.

/// <summary>What SCRAM-SHA-256 asked of a client, and the check of its answer (RFC 5802 §3, RFC 7677).</summary>
/// <param name="nonce">ours: random, printable, without commas.</param>
/// <param name="channel">the data of the channel binding that the client announced; empty without one.</param>
public sealed class ScramChallenge(ScramClientFirst first, ScramVerifier verifier, string nonce, ImmutableArray<byte> channel)
{
    /// <summary>The server-first-message.</summary>
    public string Message { get; } = string.Create(
        CultureInfo.InvariantCulture, $"r={first.Nonce}{nonce},s={Convert.ToBase64String(verifier.Salt.AsSpan())},i={verifier.Iterations}");

    public string User => first.User;

    public ScramProof Check(string message)
    {
        ArgumentNullException.ThrowIfNull(message);
        int last = message.LastIndexOf(",p=", StringComparison.Ordinal);
        if (last < 0
            || message[..last].Split(',') is not [['c', '=', .. var binding], ['r', '=', .. var answered], ..]
            || Octets(binding) is not { } bound
            || Octets(message[(last + 3)..]) is not { Length: SHA256.HashSizeInBytes } proof)
        {
            return new ScramProof.Malformed();
        }

        byte[] dialogue = Encoding.UTF8.GetBytes($"{first.Bare},{Message},{message[..last]}");
        byte[] clientKey = HMACSHA256.HashData(verifier.StoredKey.AsSpan(), dialogue);
        for (int i = 0; i < clientKey.Length; i++) clientKey[i] ^= proof[i];

        // All three are looked at whatever the others say.
        bool isUser = CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), verifier.StoredKey.AsSpan());
        bool isChannel = CryptographicOperations.FixedTimeEquals(bound, [.. Encoding.UTF8.GetBytes(first.Header), .. channel]);
        bool isNow = CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(answered), Encoding.UTF8.GetBytes(first.Nonce + nonce));
        if (!(isUser & isChannel & isNow)) return new ScramProof.Wrong();
        return new ScramProof.Right($"v={Convert.ToBase64String(HMACSHA256.HashData(verifier.ServerKey.AsSpan(), dialogue))}");
    }

    private static byte[]? Octets(string base64)
    {
        if (base64.Any(char.IsWhiteSpace)) return null;
        byte[] buffer = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, buffer, out int written) ? buffer[..written] : null;
    }
}
