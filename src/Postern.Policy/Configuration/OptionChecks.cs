using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>Finds options of one channel that cannot go together, whatever line they stand on.</summary>
internal static class OptionChecks
{
    public static void Check(ConfigurationSnapshot snapshot, ICollection<Diagnostic> diagnostics)
    {
        foreach (ChannelDefinition channel in snapshot.Channels.All)
        {
            foreach (string finding in Findings(channel, snapshot))
                diagnostics.Add(Diagnostic.Warning(channel.Position, $"channel \"{channel.Name}\" {finding}"));
        }
    }

    private static IEnumerable<string> Findings(ChannelDefinition channel, ConfigurationSnapshot snapshot)
    {
        if (channel is { Smtp: true, Lmtp: true }) yield return "has \"smtp\" and \"lmtp\"; it speaks LMTP as a client";
        bool hasTls = channel.TlsServer != TlsUse.No || snapshot.Listeners.Any(l => l.Channel == channel.Name && !l.TlsPorts.IsEmpty);
        if (channel is { SaslServer: SaslUse.Must } && !hasTls)
            yield return "has \"mustsaslserver\" and no TLS, without which no password is taken: nobody can send mail there";
        if (channel.SaslServer != SaslUse.No && !Access.SaslOffer.IsPossible(channel))
            yield return $"has \"saslmechanisms\" with none of {Smtp.Session.SessionTerms.AllMechanisms}, so nobody can authenticate";
        if (channel is { SaslClient: SaslUse.Must, ExternalIdentity: null } and not { AuthUserName: not null, AuthPassword: not null })
            yield return "has \"mustsaslclient\", but neither \"authusername\" with \"authpassword\" nor \"externalidentity\"";
        if (channel is { Smtp: true, SaslClient: not SaslUse.No, AuthPassword: not null, TlsClient: TlsUse.No })
            yield return "has \"authpassword\" and no \"maytlsclient\"; a password goes out inside TLS only";
    }
}
