using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Postern.Smtp.Sasl;

/// <summary>
/// What is kept of a password: the keys of SCRAM-SHA-256 (RFC 5802 §3, RFC 7677). From it PLAIN, LOGIN and SCRAM can be
/// checked, and none of them learns the password. Passwords are taken as UTF-8, without SASLprep.
/// </summary>
public sealed record ScramVerifier
{
    /// <summary>Some tens of milliseconds of one core for each try.</summary>
    public const int DefaultIterations = 100_000;

    /// <summary>Octets of a new salt.</summary>
    public const int SaltLength = 16;

    private const string Mechanism = "SCRAM-SHA-256";
    private const int MaximumIterations = 10_000_000;
    private const int MaximumSalt = 64;
    private const int KeyLength = SHA256.HashSizeInBytes;

    private ScramVerifier(int iterations, ImmutableArray<byte> salt, ImmutableArray<byte> storedKey, ImmutableArray<byte> serverKey)
    {
        Iterations = iterations;
        Salt = salt;
        StoredKey = storedKey;
        ServerKey = serverKey;
    }

    public int Iterations { get; }

    public ImmutableArray<byte> Salt { get; }

    public ImmutableArray<byte> StoredKey { get; }

    public ImmutableArray<byte> ServerKey { get; }

    /// <param name="salt">random, <see cref="SaltLength"/> octets.</param>
    public static ScramVerifier Create(string password, ReadOnlySpan<byte> salt, int iterations = DefaultIterations)
    {
        Span<byte> salted = stackalloc byte[KeyLength];
        Derive(password, salt, iterations, salted);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return new ScramVerifier(iterations, [.. salt], [.. SHA256.HashData(clientKey)], [.. HMACSHA256.HashData(salted, "Server Key"u8)]);
    }

    /// <summary>A verifier of the given cost that no password fits; of the same name and secret it is always the same one.</summary>
    /// <param name="secret">without it nobody can tell the salt from a random one.</param>
    public static ScramVerifier Decoy(string name, ReadOnlySpan<byte> secret, int iterations)
    {
        Span<byte> salt = HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"salt {name}")).AsSpan(0, SaltLength);
        return new ScramVerifier(
            iterations,
            [.. salt],
            [.. HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"stored {name}"))],
            [.. HMACSHA256.HashData(secret, Encoding.UTF8.GetBytes($"server {name}"))]);
    }

    /// <summary>Reads <c>SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey</c>, the octets in base64.</summary>
    public static bool TryParse(string text, out ScramVerifier? verifier)
    {
        verifier = null;
        if (text.Split('$') is not [Mechanism, var cost, var keys]
            || cost.Split(':') is not [var count, var salt]
            || keys.Split(':') is not [var stored, var server]
            || !int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out int iterations)
            || iterations is 0 or > MaximumIterations
            || Octets(salt) is not { Length: > 0 and <= MaximumSalt } saltOctets
            || Octets(stored) is not { Length: KeyLength } storedOctets
            || Octets(server) is not { Length: KeyLength } serverOctets)
        {
            return false;
        }

        verifier = new ScramVerifier(iterations, saltOctets, storedOctets, serverOctets);
        return true;
    }

    /// <summary>Takes the same time whether the password is right or wrong.</summary>
    public bool Verify(string password)
    {
        Span<byte> salted = stackalloc byte[KeyLength];
        Derive(password, Salt.AsSpan(), Iterations, salted);
        byte[] clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        return CryptographicOperations.FixedTimeEquals(SHA256.HashData(clientKey), StoredKey.AsSpan());
    }

    public bool Equals(ScramVerifier? other) => other is not null && other.ToString() == ToString();

    public override int GetHashCode() => StringComparer.Ordinal.GetHashCode(ToString());

    /// <summary>The form that <see cref="TryParse"/> reads.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Mechanism}${Iterations}:{Base64(Salt)}${Base64(StoredKey)}:{Base64(ServerKey)}");

    private static void Derive(string password, ReadOnlySpan<byte> salt, int iterations, Span<byte> salted)
    {
        byte[] octets = Encoding.UTF8.GetBytes(password);
        Rfc2898DeriveBytes.Pbkdf2(octets, salt, salted, iterations, HashAlgorithmName.SHA256);
        CryptographicOperations.ZeroMemory(octets);
    }

    private static string Base64(ImmutableArray<byte> octets) => Convert.ToBase64String(octets.AsSpan());

    private static ImmutableArray<byte>? Octets(string base64)
    {
        byte[] buffer = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, buffer, out int written) ? [.. buffer.AsSpan(0, written)] : null;
    }
}
