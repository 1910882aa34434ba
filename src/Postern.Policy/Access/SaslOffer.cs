using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Smtp.Session;

namespace Postern.Policy.Access;

/// <summary>Which mechanisms AUTH offers: those of the channel's <c>saslmechanisms</c>, as far as the client can use them.</summary>
internal static class SaslOffer
{
    private static readonly ImmutableArray<string> All = [.. SessionTerms.AllMechanisms.Split(' ')];

    /// <summary>The strongest first.</summary>
    public static IEnumerable<string> Of(ChannelDefinition channel, PosternOptions options, SaslMeans means) =>
        All.Where(m => IsNamed(channel, options, m) && (m switch
        {
            SessionTerms.External => means.HasCertificate,
            SessionTerms.ScramPlus => means.BindsChannel,
            _ => true,
        }));

    /// <summary>Whether there is a client that can authenticate there.</summary>
    public static bool IsPossible(ChannelDefinition channel) => All.Any(m => IsNamed(channel, PosternOptions.Default, m));

    private static bool IsNamed(ChannelDefinition channel, PosternOptions options, string mechanism)
    {
        if (!channel.SaslMechanisms.IsEmpty) return channel.SaslMechanisms.Contains(mechanism);
        return mechanism switch
        {
            // An LDAP directory checks a password and has no verifiers. A client takes the strongest mechanism that it sees, so SCRAM
            // would keep the directory's users out.
            SessionTerms.Scram => !options.Directory.IsConfigured,

            // Our binding is tls-server-end-point. A client that knows tls-exporter alone would choose this mechanism and fail, for SMTP
            // has no way to say which bindings a server takes.
            SessionTerms.ScramPlus => false,
            _ => true,
        };
    }
}
