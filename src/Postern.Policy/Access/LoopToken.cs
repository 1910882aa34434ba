using System.Security.Cryptography;
using System.Text;

namespace Postern.Policy.Access;

/// <summary>
/// What the server side advertises as XLOOP and the client side knows again: mail that is about to be handed to ourselves
/// goes in circles (<c>loopcheck</c>; Administration Guide 6.3, 12.11.3).
/// </summary>
public static class LoopToken
{
    private const int Octets = 16;

    /// <summary>The same for all hosts of one name, since mail between those goes in circles too; it does not tell the name.</summary>
    /// <param name="host">official host of channel <c>l</c>.</param>
    public static string Of(string host) =>
        Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"postern loop check {host.ToLowerInvariant()}"))[..Octets]);
}
