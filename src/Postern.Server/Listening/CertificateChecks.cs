using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Server.Listening;

/// <summary>What is wrong with the certificates of a configuration, or will be soon.</summary>
public static class CertificateChecks
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    /// <summary>Reads the files. A certificate that the first run will make need not be there.</summary>
    public static ImmutableArray<Diagnostic> Check(ConfigurationSnapshot snapshot, DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        TlsFiles files = TlsFiles.Of(snapshot);
        SourcePosition options = new(PosternOptionTable.FileName, 0);
        if (!File.Exists(files.Certificate) && snapshot.Options.TlsCertificate is null)
            return files.Hosts.IsEmpty && files.ClientAuthorities.IsEmpty ? [] : [Diagnostic.Warning(options, $"{files.Certificate} is not there yet, so no certificate was looked at")];
        if (Forbidden(files) is { } secret) return [Diagnostic.Warning(options, $"{secret} may not be read by who asks, so no certificate was looked at")];
        if (TlsMaterial.Load(files, out Diagnostic? fault) is not { } material) return [fault!];
        ImmutableArray<Diagnostic>.Builder findings = ImmutableArray.CreateBuilder<Diagnostic>();
        if (Ageing(material.For(null).TargetCertificate, files.Certificate, now) is { } age) findings.Add(Diagnostic.Warning(options, age));
        foreach (CertificateDefinition host in files.Hosts)
        {
            if (host.Hosts.IsEmpty) continue;
            X509Certificate2 certificate = material.For(Example(host.Hosts[0])).TargetCertificate;
            if (Ageing(certificate, host.Certificate, now) is { } hostAge) findings.Add(Diagnostic.Warning(host.Position, hostAge));
            foreach (string name in host.Hosts.Where(h => !certificate.MatchesHostname(Example(h), allowWildcards: true, allowCommonName: false)))
                findings.Add(Diagnostic.Warning(host.Position, $"{host.Certificate} is not for {name}"));
        }

        return findings.ToImmutable();
    }

    /// <summary>A key is for the server alone; whoever checks the configuration need not be able to read it.</summary>
    private static string? Forbidden(TlsFiles files)
    {
        foreach (string file in files.All)
        {
            try
            {
                using FileStream readable = File.OpenRead(file);
            }
            catch (UnauthorizedAccessException)
            {
                return file;
            }
            catch (IOException)
            {
                // Loading says what is wrong with it.
            }
        }

        return null;
    }

    private static string Example(string host) => host.StartsWith("*.", StringComparison.Ordinal) ? $"any{host[1..]}" : host;

    private static string? Ageing(X509Certificate2 certificate, string file, DateTimeOffset now)
    {
        DateTimeOffset end = new(certificate.NotAfter);
        string date = end.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        if (end < now) return $"{file} expired on {date}";
        return end - now < Soon ? $"{file} expires on {date}" : null;
    }
}
