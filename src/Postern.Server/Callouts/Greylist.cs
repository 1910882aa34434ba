using System.Net;
using System.Security.Cryptography;
using System.Text;
using Postern.Mapping.Evaluation;
using Postern.Policy.Configuration;
using Postern.Server.Listening;

namespace Postern.Server.Callouts;

/// <summary>
/// Answers <c>greylist,client|from|to</c>: "yes" means that this client is to try this mail again later, so that the text behind the callout
/// refuses for now. A client that comes back after GREYLIST_DELAY and within GREYLIST_WINDOW is known, for GREYLIST_LIFETIME after its last mail.
/// </summary>
/// <param name="terms">of the configuration that is current.</param>
public sealed class Greylist(Func<GreylistTerms> terms, GreylistStore store, TimeProvider time)
{
    /// <returns>unavailable when the store cannot be used.</returns>
    public async ValueTask<CalloutAnswer> AskAsync(string argument, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(argument);
        GreylistTerms now = terms();
        string[] parts = argument.Split('|', 3);
        if (parts.Length < 3) return new CalloutAnswer.Unavailable();
        byte[] key = SHA256.HashData(Encoding.UTF8.GetBytes($"{Network(parts[0], now.ByNetwork)}\n{parts[1]}\n{parts[2]}".ToLowerInvariant()));
        try
        {
            bool known = await Task.Run(() => store.Knows(key, now, time.GetUtcNow()), cancellationToken);
            return known ? new CalloutAnswer.Failure() : new CalloutAnswer.Success("");
        }
        catch (GreylistException)
        {
            return new CalloutAnswer.Unavailable();
        }
    }

    /// <summary>The network of the address: large senders try again from a neighbour.</summary>
    private static string Network(string client, bool byNetwork) =>
        byNetwork && IPAddress.TryParse(client, out IPAddress? address) ? ClientNetwork.Of(address).ToString() : client;
}
