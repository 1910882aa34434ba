using System.Security.Authentication;
using Postern.Smtp.Replies;

namespace Postern.Server.Sessions;

/// <summary>Takes a session from the clear to TLS, and to the channel of encrypted sessions.</summary>
internal sealed class SessionTls(ClientSession client)
{
    /// <summary>For the whole handshake.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromMinutes(5);

    /// <returns>false when there is no session any more: nobody may go on in the clear (RFC 3207 §4.1).</returns>
    public async Task<bool> StartAsync(CancellationToken cut)
    {
        if (client.Services.Tls.Current is not { } material)
        {
            SessionLog.TlsFailed(client.Services.Logger, client.Id, "there is no certificate");
            return false;
        }

        using CancellationTokenSource timeout = new(TimeLimit, client.Services.Time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cut);
        try
        {
            await client.Transport.StartTlsAsync(material, material.AuthoritiesOf(client.Listener?.TlsClientAuthorities), either.Token);
        }
        catch (Exception e) when (e is AuthenticationException or IOException or OperationCanceledException)
        {
            SessionLog.TlsFailed(client.Services.Logger, client.Id, e.Message);
            return false;
        }

        if (client.Transport.Tls is not { } tls) throw new InvalidOperationException("a handshake without a session");
        SessionLog.TlsStarted(client.Services.Logger, client.Id, tls.Description, PrintableText.Of(tls.ServerName ?? ""));
        if (tls.Client is { } shown) SessionLog.ClientCertificate(client.Services.Logger, client.Id, PrintableText.Of(shown), tls.ClientFault ?? "believed");
        client.Facts = client.Facts with { Tls = tls.Description, HeloName = null, Extended = false };
        client.Switch(client.Policy.SourceAfterTls(client.Facts));
        return true;
    }
}
