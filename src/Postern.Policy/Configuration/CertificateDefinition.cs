using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>One certificate of tls.cnf.</summary>
/// <param name="Hosts">the names that clients ask for; lower case, A-labels; <c>*.</c> in front stands for one label.</param>
/// <param name="Certificate">PEM file, its issuers behind it; relative to the configuration directory, as is <paramref name="Key"/>.</param>
public sealed record CertificateDefinition(SourcePosition Position, ImmutableArray<string> Hosts, string Certificate, string Key)
{
    /// <summary>The form in which <see cref="Hosts"/> are written; null when the text is no host name.</summary>
    public static string? KeyOf(string host) => ChannelTable.KeyOf(host);
}
