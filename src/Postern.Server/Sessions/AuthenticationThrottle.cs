using System.Collections.Immutable;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Postern.Policy.Configuration;
using Postern.Server.Callouts;
using Postern.Server.Listening;

namespace Postern.Server.Sessions;

// IDEA. Failures are counted by client address (of IPv6 its /64), by its network, and by user name together with the network: each count forgets
// evenly, as throttling tables do (ThrottleTable). Whoever is over a limit is refused before the password is looked at.
//
// INVARIANT: each count holds where the client is, so failures from elsewhere never keep a user out. And where a user has logged
// in lately, only his own failures from that very address count for him: neither his neighbours' nor those of strangers who have
// his name can keep him out there, and he does not spend what his neighbours have.
//
// A try counts when it begins and is taken back when it succeeds, so that tries at the same time cannot all be the last one.
//
// COST. Memory is 4 x AUTH_THROTTLE_MAX_ENTRIES short keys. What it does not do: guesses at one name from many networks are slowed
// down in each of them only.

/// <summary>Slows down and stops those who guess passwords. Safe for concurrent use; all is forgotten at a restart.</summary>
public sealed class AuthenticationThrottle(TimeProvider time)
{
    /// <summary>The wait before a failure is told grows with the failures up to so many of its steps.</summary>
    public const int MostDelays = 6;

    private readonly ThrottleTable _users = new(time);
    private readonly ThrottleTable _addresses = new(time);
    private readonly ThrottleTable _networks = new(time);
    private readonly KnownLogins _known = new(time);

    /// <summary>Keys of all kinds.</summary>
    public int Remembered => _users.Totals("").Entries + _addresses.Totals("").Entries + _networks.Totals("").Entries + _known.Count;

    /// <summary>Whether a try would be refused; nothing is counted.</summary>
    /// <param name="user">one form for all spellings of the name.</param>
    public bool IsLockedOut(AuthenticationThrottleTerms terms, IPAddress? client, string user) => Counts(terms, client, user).Any(c => c.IsOver());

    /// <summary>Begins a try, which counts as failed until it is said to have succeeded.</summary>
    /// <inheritdoc cref="IsLockedOut" path="/param"/>
    /// <returns>null when there were too many failures.</returns>
    public AuthenticationAttempt? TryBegin(AuthenticationThrottleTerms terms, IPAddress? client, string user)
    {
        ImmutableArray<FailureCount> counts = Counts(terms, client, user);
        for (int i = 0; i < counts.Length; i++)
        {
            if (counts[i].TryAdd()) continue;
            foreach (FailureCount taken in counts.AsSpan(0, i)) taken.TakeBack();
            return null;
        }

        string login = LoginOf(client, user);
        return new AuthenticationAttempt(counts, () => _known.Add(login, terms.MaximumEntries));
    }

    private ImmutableArray<FailureCount> Counts(AuthenticationThrottleTerms terms, IPAddress? client, string user)
    {
        string login = LoginOf(client, user);
        if (_known.Contains(login)) return terms.PerUser == 0 ? [] : [new FailureCount(_users, Limit(terms, terms.PerUser), login)];
        string network = client is null ? "" : ClientNetwork.Of(client).ToString();
        ImmutableArray<FailureCount>.Builder counts = ImmutableArray.CreateBuilder<FailureCount>(3);
        if (terms.PerAddress > 0) counts.Add(new FailureCount(_addresses, Limit(terms, terms.PerAddress), AddressOf(client)));
        if (terms.PerNetwork > 0) counts.Add(new FailureCount(_networks, Limit(terms, terms.PerNetwork), network));
        if (terms.PerUser > 0) counts.Add(new FailureCount(_users, Limit(terms, terms.PerUser), $"{network}/ {Short(user)}"));
        return counts.ToImmutable();
    }

    private static ThrottleDefinition Limit(AuthenticationThrottleTerms terms, int count) => new("", count, terms.Period, terms.MaximumEntries, Penalize: false, IgnoresCase: false);

    private static string LoginOf(IPAddress? client, string user) => $"{AddressOf(client)} {Short(user)}";

    /// <summary>Of IPv6 the network: whoever has one address of a /64 has them all, and may use another one tomorrow.</summary>
    private static string AddressOf(IPAddress? client) => client switch
    {
        null => "",
        { IsIPv4MappedToIPv6: true } => client.MapToIPv4().ToString(),
        { AddressFamily: AddressFamily.InterNetworkV6 } => ClientNetwork.Of(client).ToString(),
        _ => client.ToString(),
    };

    /// <summary>A name of any length, as a client may invent it, in few octets.</summary>
    private static string Short(string user) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(user)).AsSpan(0, 12));
}
