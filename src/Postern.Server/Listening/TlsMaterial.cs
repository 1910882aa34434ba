using System.Collections.Frozen;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Server.Listening;

/// <summary>The certificates of the server and the authorities it believes, as they were read at one time. Immutable.</summary>
public sealed class TlsMaterial
{
    private readonly SslStreamCertificateContext _default;
    private readonly FrozenDictionary<string, SslStreamCertificateContext> _byHost;
    private readonly FrozenDictionary<string, X509Certificate2Collection> _authorities;

    private TlsMaterial(
        SslStreamCertificateContext first, IReadOnlyDictionary<string, SslStreamCertificateContext> byHost, IReadOnlyDictionary<string, X509Certificate2Collection> authorities)
    {
        _default = first;
        _byHost = byHost.ToFrozenDictionary(StringComparer.Ordinal);
        _authorities = authorities.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>One certificate for every name.</summary>
    public static TlsMaterial Of(SslStreamCertificateContext certificate) =>
        new(certificate, new Dictionary<string, SslStreamCertificateContext>(), new Dictionary<string, X509Certificate2Collection>());

    /// <summary>Reads all of it.</summary>
    /// <returns>null and why not.</returns>
    public static TlsMaterial? Load(TlsFiles files, out Diagnostic? fault)
    {
        ArgumentNullException.ThrowIfNull(files);
        Dictionary<string, SslStreamCertificateContext> byHost = new(StringComparer.Ordinal);
        Dictionary<string, X509Certificate2Collection> authorities = new(StringComparer.Ordinal);
        if (Read(files.Certificate, files.Key, new SourcePosition(PosternOptionTable.FileName, 0), out fault) is not { } first) return null;
        foreach (CertificateDefinition host in files.Hosts)
        {
            if (Read(host.Certificate, host.Key, host.Position, out fault) is not { } certificate) return null;
            foreach (string name in host.Hosts) byHost[name] = certificate;
        }

        foreach ((string name, string file) in files.ClientAuthorities)
        {
            X509Certificate2Collection believed = [];
            string? trouble = FaultOf(() => believed.ImportFromPemFile(file)) ?? (believed.Count == 0 ? "there is no certificate in it" : null);
            if (trouble is not null)
            {
                fault = Diagnostic.Error(new SourcePosition(ListenerDefinition.FileName, 0), $"cannot use the authorities {file}: {trouble}");
                return null;
            }

            authorities.Add(name, believed);
        }

        return new TlsMaterial(first, byHost, authorities);
    }

    /// <summary>The certificate for the name that a client asks for (RFC 6066 §3).</summary>
    /// <param name="serverName">as it came; empty or null when it named none.</param>
    public SslStreamCertificateContext For(string? serverName)
    {
        if (_byHost.Count == 0 || string.IsNullOrEmpty(serverName) || CertificateDefinition.KeyOf(serverName.TrimEnd('.')) is not { } key) return _default;
        if (_byHost.TryGetValue(key, out SslStreamCertificateContext? named)) return named;
        int dot = key.IndexOf('.', StringComparison.Ordinal);
        return dot > 0 && _byHost.TryGetValue($"*{key[dot..]}", out SslStreamCertificateContext? wild) ? wild : _default;
    }

    /// <param name="name">as it stands in dispatcher.cnf; null is none.</param>
    /// <returns>null: clients are asked for no certificate.</returns>
    public X509Certificate2Collection? AuthoritiesOf(string? name) => name is null ? null : _authorities.GetValueOrDefault(name);

    private static SslStreamCertificateContext? Read(string certificate, string key, SourcePosition at, out Diagnostic? fault)
    {
        SslStreamCertificateContext? read = null;
        string? trouble = FaultOf(() => read = TlsCertificate.Load(certificate, key));
        fault = trouble is null ? null : Diagnostic.Error(at, $"cannot use the certificate {certificate}: {trouble}");
        return read;
    }

    private static string? FaultOf(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            return e.Message;
        }
    }
}
