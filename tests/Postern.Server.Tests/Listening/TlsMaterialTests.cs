using System.Security.Cryptography;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Listening;

/// <summary>Which certificate a client gets, and how a renewed one comes into force.</summary>
public sealed class TlsMaterialTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly List<string?> _told = [];

    public TlsMaterialTests()
    {
        Write("mail", "mail.example.com");
        Write("org", "mx.example.org", "example.org");
        Write("net", "*.example.net");
    }

    [Theory]
    [InlineData(null, "mail.example.com")]
    [InlineData("", "mail.example.com")]
    [InlineData("mail.example.com", "mail.example.com")]
    [InlineData("other.test", "mail.example.com")]
    [InlineData("mx.example.org", "mx.example.org")]
    [InlineData("MX.Example.ORG", "mx.example.org")]
    [InlineData("mx.example.org.", "mx.example.org")]
    [InlineData("example.org", "mx.example.org")]
    [InlineData("www.example.org", "mail.example.com")]
    [InlineData("any.example.net", "*.example.net")]
    [InlineData("one.two.example.net", "mail.example.com")]
    [InlineData("example.net", "mail.example.com")]
    [InlineData("bücher.example", "xn--bcher-kva.example")]
    [InlineData("xn--bcher-kva.example", "xn--bcher-kva.example")]
    [InlineData("..", "mail.example.com")]
    [InlineData("a b", "mail.example.com")]
    public void Client_gets_the_certificate_of_the_name_it_asks_for(string? asked, string subject)
    {
        Write("idn", "xn--bcher-kva.example");
        TlsMaterial material = Load($"{Table}\n[HOST=bücher.example]\nCERTIFICATE=idn.pem\nKEY=idn.key\n");
        Assert.Equal($"CN={subject}", material.For(asked).TargetCertificate.Subject);
    }

    [Theory]
    [InlineData("CERTIFICATE=a\n", "tls.cnf:1: error: CERTIFICATE stands before the first [HOST=name]")]
    [InlineData("[HOST=a.test]\nKEY=a\n", "tls.cnf:1: error: \"a.test\" needs CERTIFICATE and KEY")]
    [InlineData("[HOST=a..b]\nCERTIFICATE=a\nKEY=a\n", "tls.cnf:1: error: \"a..b\" is no host name")]
    [InlineData("[HOST=[192.0.2.1]]\nCERTIFICATE=a\nKEY=a\n", "tls.cnf:1: error: \"[192.0.2.1]\" is no host name")]
    [InlineData("[HOST=a.test]\nCERTIFICATE=a\nKEY=a\n\n[HOST=b.test, A.test]\nCERTIFICATE=a\nKEY=a\n", "tls.cnf:5: error: host \"A.test\" has two certificates, the first at tls.cnf:1")]
    [InlineData("[HOST=a.test]\nCERTIFICATE=a\nKEY=a\nCERT=a\n", "tls.cnf:4: warning: unknown option \"CERT\" is ignored")]
    [InlineData("[SERVICE=a]\nCERTIFICATE=a\n", "tls.cnf:1: warning: section \"SERVICE\" is ignored; certificates are written [HOST=name]")]
    public void Faults_of_the_table_are_told_with_their_line(string table, string finding) =>
        Assert.Contains(finding, Site.Load(1, ("tls.cnf", _ => table)).Diagnostics.Select(d => d.ToString()));

    [Fact]
    public void Certificate_that_cannot_be_used_is_told_where_it_is_named()
    {
        File.WriteAllText(_directory.Combine("net.pem"), "no certificate");
        Assert.Null(TlsMaterial.Load(TlsFiles.Of(Snapshot(Table)), out Diagnostic? fault));
        Assert.StartsWith($"tls.cnf:5: error: cannot use the certificate {_directory.Combine("net.pem")}: ", fault!.ToString());
        Assert.Equal(fault, Assert.Single(CertificateChecks.Check(Snapshot(Table), DateTimeOffset.UtcNow)));
    }

    [Fact]
    public void Key_of_another_certificate_is_no_key()
    {
        File.Copy(_directory.Combine("net.key"), _directory.Combine("org.key"), overwrite: true);
        Assert.Null(TlsMaterial.Load(TlsFiles.Of(Snapshot(Table)), out Diagnostic? fault));
        Assert.StartsWith("tls.cnf:1: error: cannot use the certificate ", fault!.ToString());
    }

    [Fact]
    public void What_will_be_wrong_soon_is_warned_of()
    {
        ConfigurationSnapshot snapshot = Snapshot("[HOST=mx.example.org, www.example.org]\nCERTIFICATE=org.pem\nKEY=org.key\n");
        Assert.Equal(
            [$"tls.cnf:1: warning: {_directory.Combine("org.pem")} is not for www.example.org"],
            CertificateChecks.Check(snapshot, DateTimeOffset.UtcNow).Select(d => d.ToString()));
        string end = DateTimeOffset.UtcNow.AddDays(90).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        Assert.Contains($"option.dat: warning: {_directory.Combine("mail.pem")} expires on {end}", CertificateChecks.Check(snapshot, DateTimeOffset.UtcNow.AddDays(80)).Select(d => d.ToString()));
        Assert.Contains($"option.dat: warning: {_directory.Combine("mail.pem")} expired on {end}", CertificateChecks.Check(snapshot, DateTimeOffset.UtcNow.AddDays(91)).Select(d => d.ToString()));
    }

    [Fact]
    public void Renewed_certificate_is_taken_when_two_looks_find_it_the_same()
    {
        (TlsIdentity tls, CertificateWatch watch) = Watch();
        string before = Serial(tls);
        watch.Look();
        watch.Look();
        Assert.Equal(before, Serial(tls));
        Write("mail", "mail.example.com");
        watch.Look();
        Assert.Equal(before, Serial(tls));
        Write("mail", "mail.example.com");
        watch.Look();
        Assert.Equal(before, Serial(tls));
        watch.Look();
        Assert.NotEqual(before, Serial(tls));
        watch.Look();
        Assert.Equal([null], _told);
    }

    [Fact]
    public void Half_of_a_renewal_leaves_the_old_one_in_force_and_is_told_once()
    {
        (TlsIdentity tls, CertificateWatch watch) = Watch();
        string before = Serial(tls);
        string oldKey = File.ReadAllText(_directory.Combine("mail.key"));
        Write("mail", "mail.example.com");
        string newKey = File.ReadAllText(_directory.Combine("mail.key"));
        File.WriteAllText(_directory.Combine("mail.key"), oldKey);
        for (int i = 0; i < 5; i++) watch.Look();
        Assert.Equal(before, Serial(tls));
        Assert.StartsWith("option.dat: error: cannot use the certificate ", Assert.Single(_told));
        File.WriteAllText(_directory.Combine("mail.key"), newKey);
        for (int i = 0; i < 5; i++) watch.Look();
        Assert.NotEqual(before, Serial(tls));
        Assert.Equal(2, _told.Count);
        Assert.Null(_told[1]);
    }

    [Fact]
    public void File_that_vanishes_leaves_the_old_one_in_force()
    {
        (TlsIdentity tls, CertificateWatch watch) = Watch();
        string before = Serial(tls);
        File.Delete(_directory.Combine("net.pem"));
        for (int i = 0; i < 5; i++) watch.Look();
        Assert.Equal(before, Serial(tls));
        Assert.Equal("CN=*.example.net", tls.Current!.For("any.example.net").TargetCertificate.Subject);
        Assert.Single(_told);
    }

    public void Dispose() => _directory.Dispose();

    private const string Table = "[HOST=mx.example.org, example.org]\nCERTIFICATE=org.pem\nKEY=org.key\n\n[HOST=*.example.net]\nCERTIFICATE=net.pem\nKEY=net.key\n";

    private static string Serial(TlsIdentity tls) => tls.Current!.For(null).TargetCertificate.SerialNumber;

    private (TlsIdentity Tls, CertificateWatch Watch) Watch()
    {
        ConfigurationSnapshot snapshot = Snapshot(Table);
        TlsIdentity tls = new();
        CertificateWatch watch = new(() => TlsFiles.Of(snapshot), tls, new FakeTime(), fault => _told.Add(fault?.ToString()));
        watch.Begin();
        Assert.True(tls.TryLoad(TlsFiles.Of(snapshot), out Diagnostic? fault), fault?.ToString());
        return (tls, watch);
    }

    private TlsMaterial Load(string table)
    {
        TlsMaterial? material = TlsMaterial.Load(TlsFiles.Of(Snapshot(table)), out Diagnostic? fault);
        Assert.True(material is not null, fault?.ToString());
        return material;
    }

    private ConfigurationSnapshot Snapshot(string table) => Site.Snapshot(
        ("option.dat", t => $"{t}TLS_CERTIFICATE={_directory.Combine("mail.pem")}\nTLS_KEY={_directory.Combine("mail.key")}\n"),
        ("tls.cnf", _ => table.Replace("CERTIFICATE=", $"CERTIFICATE={_directory.Root}/", StringComparison.Ordinal).Replace("KEY=", $"KEY={_directory.Root}/", StringComparison.Ordinal)));

    private void Write(string name, params string[] hosts) =>
        TestAuthority.WriteServer(_directory.Combine($"{name}.pem"), _directory.Combine($"{name}.key"), HashAlgorithmName.SHA256, hosts);
}
