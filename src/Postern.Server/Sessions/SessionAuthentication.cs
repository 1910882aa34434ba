using Postern.Policy.Access;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>Answers AUTH: checks what the client showed, and moves its session to the channel of authenticated users.</summary>
internal sealed class SessionAuthentication(ClientSession client)
{
    /// <param name="heloName">what the client called itself.</param>
    /// <param name="extended">it did so with EHLO.</param>
    public async Task<SessionEvent> CheckAsync(SessionEffect.CheckPassword check, string? heloName, bool extended, CancellationToken cut)
    {
        client.Facts = client.Facts with { HeloName = heloName, Extended = extended };
        Decision allowed = await client.Services.Callouts.DecideAsync(answers => client.Policy.Authentication(client.Facts, check.Mechanism, check.User, answers), cut);
        client.LogTexts(allowed);
        if (allowed.Verdict is Verdict.Reject or Verdict.Defer)
        {
            AuthenticationOutcome refused = allowed.Verdict == Verdict.Reject ? AuthenticationOutcome.Rejected : AuthenticationOutcome.Unavailable;
            return new SessionEvent.Authenticated(refused, null, client.Terms()) { Refusal = client.Decisions.RefuseAuthentication(allowed, PrintableText.Of(check.User)) };
        }

        (AuthenticationOutcome outcome, string? user) = await PasswordCheck.CheckAsync(client.Policy.Snapshot, client.Services.Directory, check.User, check.Password, cut);
        if (outcome == AuthenticationOutcome.Accepted)
        {
            await client.AuthenticateAsync(user!, cut);
            SessionLog.Authenticated(client.Services.Logger, client.Id, user, client.Facts.Source.Current.ToString());
            client.Records.Authenticated(client.Facts, client.Policy.Snapshot, user, accepted: true);
        }
        else
        {
            SessionLog.AuthenticationFailed(client.Services.Logger, client.Id, PrintableText.Of(check.User), client.Connection.Client);
            client.Records.Authenticated(client.Facts, client.Policy.Snapshot, PrintableText.Of(check.User), accepted: false);
        }

        return new SessionEvent.Authenticated(outcome, user, client.Terms());
    }
}
