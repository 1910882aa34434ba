using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>Answers AUTH: checks what the client showed, and moves its session to the channel of authenticated users.</summary>
internal sealed class SessionAuthentication(ClientSession client)
{
    public async Task<SessionEvent> CheckAsync(SessionEffect.CheckPassword check, CancellationToken cut)
    {
        (AuthenticationOutcome outcome, string? user) = await PasswordCheck.CheckAsync(client.Policy.Snapshot, client.Services.Directory, check.User, check.Password, cut);
        if (outcome == AuthenticationOutcome.Accepted)
        {
            await client.AuthenticateAsync(user!, cut);
            SessionLog.Authenticated(client.Services.Logger, client.Id, user, client.Facts.Source.Current.ToString());
        }
        else
        {
            SessionLog.AuthenticationFailed(client.Services.Logger, client.Id, PrintableText.Of(check.User), client.Connection.Client);
        }

        return new SessionEvent.Authenticated(outcome, user, client.Terms());
    }
}
