using System.Text;
using Postern.Policy.Channels;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// AUTH as a client (RFC 4954): EXTERNAL where the channel has an <c>externalidentity</c>, else PLAIN or LOGIN with its
/// <c>authusername</c> and <c>authpassword</c>.
/// </summary>
/// <remarks>
/// INVARIANT: a password leaves only inside TLS, and no trace shows it. What goes wrong is a matter of the two hosts and not
/// of the mail, so it defers and never returns anything.
/// </remarks>
internal static class ClientAuthentication
{
    private static readonly EnhancedCode CannotAuthenticate = new(4, 7, 0);

    /// <returns>null when the transaction may go on; else why this host cannot be used now.</returns>
    public static async Task<DeliveryFault?> RunAsync(SmtpClientSession session, ChannelDefinition channel, CancellationToken cancellationToken)
    {
        if (channel.SaslClient == SaslUse.No) return null;
        string name = session.Target.Name;
        SmtpReply? reply = await AuthenticateAsync(session, channel, cancellationToken);
        if (reply?.Code == 235) session.Authenticated();
        if (reply?.Code == 235 || channel.SaslClient == SaslUse.May) return null;
        return reply is null
            ? new DeliveryFault(DeliveryPhase.Authentication, CannotAuthenticate, $"{name} offers no usable authentication", name)
            : new DeliveryFault(DeliveryPhase.Authentication, CannotAuthenticate, $"{name} refused our authentication", name, ReplyText.Of(reply));
    }

    /// <returns>the last reply; null when there is no mechanism that both sides can use.</returns>
    private static async Task<SmtpReply?> AuthenticateAsync(SmtpClientSession session, ChannelDefinition channel, CancellationToken cancellationToken)
    {
        HashSet<string> offered = new(session.Extensions.GetValueOrDefault("AUTH", "").Split(' '), StringComparer.OrdinalIgnoreCase);
        if (!channel.SaslMechanisms.IsEmpty) offered.IntersectWith(channel.SaslMechanisms);
        if (channel.ExternalIdentity is { } identity && offered.Contains("EXTERNAL"))
            return await session.CommandAsync($"AUTH EXTERNAL {(identity.Length == 0 ? "=" : Base64(identity))}", cancellationToken);
        if (!session.IsSecure || channel is not { AuthUserName: { } user, AuthPassword: { } password }) return null;
        if (offered.Contains("PLAIN")) return await session.SecretAsync($"AUTH PLAIN {Base64($"\0{user}\0{password}")}", "AUTH PLAIN ...", cancellationToken);
        return offered.Contains("LOGIN") ? await LoginAsync(session, user, password, cancellationToken) : null;
    }

    private static async Task<SmtpReply> LoginAsync(SmtpClientSession session, string user, string password, CancellationToken cancellationToken)
    {
        SmtpReply reply = await session.CommandAsync("AUTH LOGIN", cancellationToken);
        if (reply.Code == 334) reply = await session.SecretAsync(Base64(user), "...", cancellationToken);
        return reply.Code == 334 ? await session.SecretAsync(Base64(password), "...", cancellationToken) : reply;
    }

    private static string Base64(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
