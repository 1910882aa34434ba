using System.Security.Cryptography;

namespace Postern.Server.Sessions;

/// <summary>
/// The number under which a decision can be looked up: eight characters of lower-case base 32, drawn at random, so that
/// it tells a stranger nothing about how much mail we see.
/// </summary>
public static class DecisionId
{
    private const int Length = 8;

    private static ReadOnlySpan<char> Alphabet => "0123456789abcdefghjkmnpqrstvwxyz";

    public static string New() => string.Create(Length, 0, static (id, _) =>
    {
        // One octet a character: 32 divides 256, so no value is likelier than another.
        Span<byte> drawn = stackalloc byte[Length];
        RandomNumberGenerator.Fill(drawn);
        for (int i = 0; i < id.Length; i++) id[i] = Alphabet[drawn[i] % 32];
    });
}
