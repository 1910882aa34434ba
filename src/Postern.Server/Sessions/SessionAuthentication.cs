using System.Collections.Immutable;
using System.Security.Cryptography;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>Answers AUTH: checks what the client showed, and moves its session to the channel of authenticated users.</summary>
/// <remarks>INVARIANT: no password and no proof counts before AUTH_ACCESS and the throttle have let the client try.</remarks>
internal sealed class SessionAuthentication(ClientSession client)
{
    /// <summary>Octets of our half of a SCRAM nonce, before base64.</summary>
    private const int NonceLength = 18;

    private static readonly SmtpReply TooManyFailures = new(454, "4.7.0", "too many failed authentications, try again later");

    /// <param name="heloName">what the client called itself.</param>
    /// <param name="extended">it did so with EHLO.</param>
    public async Task<SessionEvent> AnswerAsync(SessionEffect asked, string? heloName, bool extended, CancellationToken cut)
    {
        client.Facts = client.Facts with { HeloName = heloName, Extended = extended };
        return asked switch
        {
            SessionEffect.CheckPassword check => await CheckAsync(check, cut),
            SessionEffect.CheckCertificate check => await CheckAsync(check, cut),
            SessionEffect.FindVerifier find => await FindAsync(find, cut),
            SessionEffect.ConcludeAuthentication conclude => await ConcludeAsync(conclude, cut),
            _ => throw new InvalidOperationException($"{asked.GetType().Name} is no question of AUTH"),
        };
    }

    private UserDirectory Users => client.Policy.Snapshot.Users;

    private async Task<SessionEvent> CheckAsync(SessionEffect.CheckPassword check, CancellationToken cut)
    {
        if (await ForbiddenAsync(check.Mechanism, check.User, cut) is { } refusal) return refusal;
        if (Begin(check.User) is not { } attempt) return Throttled(check.User);
        (AuthenticationOutcome outcome, string? user) = await PasswordCheck.CheckAsync(client.Policy.Snapshot, client.Services.Directory, check.User, check.Password, cut);
        return await EndAsync(attempt, outcome, check.User, user, cut);
    }

    private async Task<SessionEvent> CheckAsync(SessionEffect.CheckCertificate check, CancellationToken cut)
    {
        ImmutableArray<string> emails = client.Transport.Tls?.ClientEmails ?? [];
        string named = check.Identity.Length > 0 ? check.Identity : emails.FirstOrDefault("");
        if (await ForbiddenAsync(SessionTerms.External, named, cut) is { } refusal) return refusal;
        if (Begin(named) is not { } attempt) return Throttled(named);
        (AuthenticationOutcome outcome, string? user) = await CertificateLogin.FindAsync(client.Policy.Snapshot, client.Services.Directory, emails, check.Identity, cut);
        return await EndAsync(attempt, outcome, named, user, cut);
    }

    /// <summary>Only looks whether the client may try; the try itself counts when its proof is there.</summary>
    private async Task<SessionEvent> FindAsync(SessionEffect.FindVerifier find, CancellationToken cut)
    {
        if (await ForbiddenAsync(find.Mechanism, find.User, cut) is { } refusal) return refusal;
        if (client.Services.Throttle.IsLockedOut(Terms, client.Connection.Client, Users.NameOf(find.User))) return Throttled(find.User);
        return new SessionEvent.VerifierFound(
            Users.VerifierOf(find.User, client.Services.SaslSecret.Span), Convert.ToBase64String(RandomNumberGenerator.GetBytes(NonceLength)), client.Transport.Tls?.EndPoint ?? []);
    }

    private async Task<SessionEvent> ConcludeAsync(SessionEffect.ConcludeAuthentication conclude, CancellationToken cut)
    {
        if (Begin(conclude.User) is not { } attempt) return Throttled(conclude.User);
        string? user = conclude.IsProved ? Users.Find(conclude.User)?.Address : null;
        return await EndAsync(attempt, user is null ? AuthenticationOutcome.Rejected : AuthenticationOutcome.Accepted, conclude.User, user, cut);
    }

    private AuthenticationThrottleTerms Terms => client.Policy.Snapshot.Options.AuthenticationThrottle;

    /// <returns>null when the client failed too often.</returns>
    private AuthenticationAttempt? Begin(string user) => client.Services.Throttle.TryBegin(Terms, client.Connection.Client, Users.NameOf(user));

    /// <summary>AUTH_ACCESS.</summary>
    private async Task<SessionEvent?> ForbiddenAsync(string mechanism, string user, CancellationToken cut)
    {
        Decision allowed = await client.Services.Callouts.DecideAsync(answers => client.Policy.Authentication(client.Facts, mechanism, user, answers), cut);
        client.LogTexts(allowed);
        if (allowed.Verdict is not (Verdict.Reject or Verdict.Defer)) return null;
        AuthenticationOutcome refused = allowed.Verdict == Verdict.Reject ? AuthenticationOutcome.Rejected : AuthenticationOutcome.Unavailable;
        return new SessionEvent.Authenticated(refused, null, client.Terms()) { Refusal = client.Decisions.RefuseAuthentication(allowed, PrintableText.Of(user)) };
    }

    private async Task<SessionEvent> EndAsync(AuthenticationAttempt attempt, AuthenticationOutcome outcome, string given, string? user, CancellationToken cut)
    {
        string shown = PrintableText.Of(given);
        switch (outcome)
        {
            case AuthenticationOutcome.Accepted:
                attempt.Succeeded();
                await client.AuthenticateAsync(user!, cut);
                SessionLog.Authenticated(client.Services.Logger, client.Id, user, client.Facts.Source.Current.ToString());
                client.Records.Authenticated(client.Facts, client.Policy.Snapshot, user, "accepted");
                return new SessionEvent.Authenticated(outcome, user, client.Terms());
            case AuthenticationOutcome.Unavailable:
                attempt.Forget();
                client.Records.Authenticated(client.Facts, client.Policy.Snapshot, shown, "cannot be checked now");
                return new SessionEvent.Authenticated(outcome, null, client.Terms());
            default:
                SessionLog.AuthenticationFailed(client.Services.Logger, client.Id, shown, client.Connection.Client);
                client.Records.Authenticated(client.Facts, client.Policy.Snapshot, shown, "refused");
                return new SessionEvent.Authenticated(outcome, null, client.Terms()) { LeastDelay = Delay(attempt.Failures) };
        }
    }

    /// <summary>Too many failures: a right password is not looked at either. The words differ from those for a wrong one, so that a user knows that waiting helps.</summary>
    private SessionEvent.Authenticated Throttled(string user)
    {
        string shown = PrintableText.Of(user);
        SessionLog.AuthenticationThrottled(client.Services.Logger, client.Id, shown, client.Connection.Client);
        client.Records.Authenticated(client.Facts, client.Policy.Snapshot, shown, "too many failures");
        return new SessionEvent.Authenticated(AuthenticationOutcome.Rejected, null, client.Terms()) { Refusal = new EnvelopeAnswer(TooManyFailures), LeastDelay = Delay(AuthenticationThrottle.MostDelays) };
    }

    private TimeSpan Delay(int failures) => client.Policy.Snapshot.Options.ErrorDelay * Math.Min(failures, AuthenticationThrottle.MostDelays);
}
