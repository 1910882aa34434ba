using System.Collections.Immutable;
using Postern.Policy.Configuration;
using Postern.Server.Ldap;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>Finds the user that a client certificate is for: the one whose own address stands in it (RFC 4422 appendix A).</summary>
public static class CertificateLogin
{
    /// <param name="emails">the addresses of a certificate that is believed.</param>
    /// <param name="identity">whom the client wants to be; "" leaves it to the certificate, which then must be for exactly one user.</param>
    /// <returns>the canonical address of the user when accepted.</returns>
    public static async Task<(AuthenticationOutcome Outcome, string? User)> FindAsync(
        ConfigurationSnapshot snapshot, DirectoryService directory, ImmutableArray<string> emails, string identity, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        ArgumentNullException.ThrowIfNull(directory);
        HashSet<string> found = new(StringComparer.Ordinal);
        foreach (string email in emails)
        {
            if (!email.Contains('@', StringComparison.Ordinal)) continue;
            if (identity.Length > 0 && snapshot.Users.NameOf(identity) != snapshot.Users.NameOf(email)) continue;
            if (snapshot.Users.Find(email) is { } entry)
            {
                // Who has no login has none by certificate either.
                if (entry.Verifier is not null) found.Add(entry.Address);
                continue;
            }

            if (!snapshot.Options.Directory.IsConfigured) continue;
            (AuthenticationOutcome outcome, string? user) = await directory.FindAsync(email, cancellationToken);
            if (outcome == AuthenticationOutcome.Unavailable) return (outcome, null);
            if (user is not null && snapshot.Users.NameOf(user) == snapshot.Users.NameOf(email)) found.Add(user);
        }

        return found.Count == 1 ? (AuthenticationOutcome.Accepted, found.Single()) : (AuthenticationOutcome.Rejected, null);
    }
}
