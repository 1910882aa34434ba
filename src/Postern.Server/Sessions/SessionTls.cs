using System.Security.Authentication;

namespace Postern.Server.Sessions;

/// <summary>Takes a session from the clear to TLS, and to the channel of encrypted sessions.</summary>
internal sealed class SessionTls(ClientSession client)
{
    /// <summary>For the whole handshake.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(5);

    /// <returns>false when there is no session any more: nobody may go on in the clear (RFC 3207 §4.1).</returns>
    public async Task<bool> StartAsync(CancellationToken cut)
    {
        if (client.Services.Tls.Current is not { } certificate)
        {
            SessionLog.TlsFailed(client.Services.Logger, client.Id, "there is no certificate");
            return false;
        }

        using CancellationTokenSource timeout = new(TimeLimit, client.Services.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cut);
        try
        {
            await client.Transport.StartTlsAsync(certificate, either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            SessionLog.TlsFailed(client.Services.Logger, client.Id, e.Message);
            return false;
        }

        client.Facts = client.Facts with { Tls = client.Transport.TlsDescription, HeloName = null, Extended = false };
        client.Switch(client.Policy.SourceAfterTls(client.Facts));
        return true;
    }
}
