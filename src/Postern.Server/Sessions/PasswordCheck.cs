using Postern.Policy.Configuration;
using Postern.Server.Ldap;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>Checks a user name and password: against the users file for those it has, else against the LDAP directory, if there is one.</summary>
public static class PasswordCheck
{
    /// <summary>
    /// The verifier's derivation is costly on purpose, so it runs on the thread pool; an unknown user costs as much as a
    /// known one, so that the answer's time tells nobody which names exist.
    /// </summary>
    /// <returns>the canonical address of the user when accepted.</returns>
    public static async Task<(AuthenticationOutcome Outcome, string? User)> CheckAsync(
        ConfigurationSnapshot snapshot, DirectoryService directory, string user, string password, CancellationToken cancellationToken)
    {
        if (snapshot.Options.Directory.IsConfigured && snapshot.Users.Find(user) is null)
            return await directory.VerifyAsync(user, password, cancellationToken);
        (bool accepted, string? address) = await Task.Run(() => snapshot.Users.Verify(user, password), cancellationToken);
        return accepted ? (AuthenticationOutcome.Accepted, address) : (AuthenticationOutcome.Rejected, null);
    }
}
