using System.Collections.Immutable;
using System.Security.Cryptography;
using Postern.Policy.Configuration;
using Postern.Server.Operations;

namespace Postern.Server.Listening;

/// <summary>The files that TLS is made of, with whole paths.</summary>
/// <param name="Certificate">for clients that ask for no name, or for one that has no certificate of its own.</param>
/// <param name="Hosts">the others.</param>
/// <param name="ClientAuthorities">the file of each service that asks clients for a certificate, by the name it has in dispatcher.cnf.</param>
public sealed record TlsFiles(
    string Certificate, string Key, ImmutableArray<CertificateDefinition> Hosts, ImmutableSortedDictionary<string, string> ClientAuthorities)
{
    public static TlsFiles Of(ConfigurationSnapshot snapshot)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        DataDirectory places = new(snapshot.Directory, snapshot);
        string Whole(string path) => System.IO.Path.GetFullPath(path, snapshot.Directory);
        return new TlsFiles(
            places.Certificate,
            places.CertificateKey,
            [.. snapshot.Certificates.Select(c => c with { Certificate = Whole(c.Certificate), Key = Whole(c.Key) })],
            snapshot.Listeners.Select(l => l.TlsClientAuthorities).OfType<string>().Distinct(StringComparer.Ordinal)
                .ToImmutableSortedDictionary(name => name, Whole, StringComparer.Ordinal));
    }

    public IEnumerable<string> All => [Certificate, Key, .. Hosts.SelectMany(h => (string[])[h.Certificate, h.Key]), .. ClientAuthorities.Values];

    /// <summary>Changes when the content of a file does. Time and size do not tell: a link in the path may lead elsewhere.</summary>
    public string Stamp()
    {
        using IncrementalHash all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in All)
        {
            try
            {
                all.AppendData(SHA256.HashData(File.ReadAllBytes(file)));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                all.AppendData("unreadable"u8);
            }
        }

        return Convert.ToHexString(all.GetHashAndReset());
    }
}
