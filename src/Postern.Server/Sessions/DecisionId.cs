using System.Security.Cryptography;

namespace Postern.Server.Sessions;

/// <summary>
/// The number under which a decision can be looked up: eight characters of lower-case base 32, drawn at random, so that
/// it tells a stranger nothing about how much mail we see.
/// </summary>
public static class DecisionId
{
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string New() => RandomNumberGenerator.GetString(Alphabet, 8);
}
