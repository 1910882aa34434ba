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
            client.Facts = client.Facts with { Source = client.Policy.SourceAfterAuthentication(client.Facts, user!), AuthenticatedUser = user };
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
