using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Policy.Directories;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Directories;

public sealed class DirectoryOptionTests
{
    private static readonly SiteFiles Site = SiteFiles.Read("access/site");

    [Fact]
    public void All_options_have_their_place()
    {
        DirectoryOptions options = Load("""
            LDAP_HOST=one.example.com two.example.com:3389, [2001:db8::1]:390 [2001:db8::2]
            LDAP_TLS=starttls
            LDAP_TLS_CA_FILE=tls/ca.pem
            LDAP_USERNAME=cn=postern,o=isp
            LDAP_PASSWORD=a b "c"
            LDAP_USER_ROOT=o=isp
            LDAP_DOMAIN_ROOT=o=internet
            LDAP_SCHEMALEVEL=1
            DOMAIN_UPLEVEL=3
            ALIAS_SOURCES=aliasfile ldap
            ROUTE_TO_ROUTING_HOST=1
            LDAP_USER_OBJECT_CLASSES=inetOrgPerson+mailUser, account
            LDAP_TIMEOUT=250
            LDAP_CACHE_TTL=60
            """).Directory;
        Assert.Equal(["one.example.com:389", "two.example.com:3389", "[2001:db8::1]:390", "[2001:db8::2]:389"], options.Servers.Select(s => s.ToString()));
        Assert.Equal((DirectoryTls.StartTls, "tls/ca.pem", "cn=postern,o=isp", "a b \"c\""), (options.Tls, options.TlsAuthorities, options.UserName, options.Password?.Reveal()));
        Assert.Equal(("o=isp", "o=internet", 1, 3, true, true), (options.UserRoot, options.DomainRoot, options.SchemaLevel, options.DomainUplevel, options.AfterAliases, options.RouteToRoutingHost));
        Assert.Equal(["inetOrgPerson+mailUser", "account"], options.UserClasses);
        Assert.Equal((TimeSpan.FromSeconds(2.5), TimeSpan.FromMinutes(1)), (options.Timeout, options.CacheTime));
    }

    [Fact]
    public void Ports_follow_tls()
    {
        Assert.Equal(["ldap.example.com:636"], Load("LDAP_HOST=ldap.example.com\nLDAP_TLS=implicit\n").Directory.Servers.Select(s => s.ToString()));
        Assert.Equal(["ldap.example.com:1636"], Load("LDAP_HOST=ldap.example.com\nLDAP_TLS=implicit\nLDAP_PORT=1636\n").Directory.Servers.Select(s => s.ToString()));
    }

    [Theory]
    [InlineData("LDAP_HOST=ldap://x", "LDAP_HOST needs hosts with or without :port, separated by blanks or commas, not \"ldap://x\"")]
    [InlineData("LDAP_HOST=x:99999", "LDAP_HOST needs hosts with or without :port, separated by blanks or commas, not \"x:99999\"")]
    [InlineData("LDAP_TLS=yes", "LDAP_TLS needs none, starttls or implicit, not \"yes\"")]
    [InlineData("LDAP_TLS_FINGERPRINT=abc", "LDAP_TLS_FINGERPRINT needs the SHA-256 of a certificate in hexadecimal, not \"abc\"")]
    [InlineData("LDAP_TIMEOUT=180000", "LDAP_TIMEOUT needs a number from 10 to 6000, not \"180000\"")]
    [InlineData("LDAP_LOGIN_FILTER=uid=%U", "LDAP_LOGIN_FILTER needs an LDAP filter, not \"uid=%U\"")]
    [InlineData("DELIVERY_OPTIONS=mailbox", "DELIVERY_OPTIONS needs delivery clauses such as *mailbox=$M@ims-ms-daemon, not \"mailbox\"")]
    [InlineData("DELIVERY_OPTIONS=*^!autoreply=$M+$D@bitbucket", "DELIVERY_OPTIONS needs delivery clauses such as *mailbox=$M@ims-ms-daemon, not \"*^!autoreply=$M+$D@bitbucket\"")]
    [InlineData("ALIAS_SOURCES=aliasdb", "ALIAS_SOURCES needs ldap and aliasfile, in the order wanted, not \"aliasdb\"")]
    public void A_wrong_value_is_an_error(string line, string text) => Assert.Contains($"option.dat:1: error: {text}", Read(line).Diagnostics.Select(d => d.ToString()));

    [Fact]
    public void The_password_is_shown_nowhere()
    {
        ConfigurationResult result = Read("LDAP_HOST=ldap.example.com\nLDAP_PASSWORD=open sesame\nLDAP_TLS=\n");
        Assert.DoesNotContain(result.Diagnostics, d => d.ToString().Contains("sesame", StringComparison.Ordinal));
        Assert.DoesNotContain("sesame", Load("LDAP_HOST=ldap.example.com\nLDAP_PASSWORD=open sesame\n").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_mapping_that_asks_a_directory_is_warned_of_what_can_go_wrong()
    {
        const string Asks = "FROM_ACCESS\n\n  *|*  $C$]ldap:///o=isp?mail?sub?(mail=$1)[$E\n";
        SiteFiles files = Site.With("mappings", text => $"{text}\n{Asks}");
        Assert.Contains(Findings(files), f => f.Contains("asks a directory, and none is configured", StringComparison.Ordinal));
        Assert.Contains(Findings(files.With("option.dat", _ => "LDAP_HOST=localhost\n")), f => f.Contains("without \"$=\" before it", StringComparison.Ordinal));
    }

    private static PosternOptions Load(string options) =>
        Read(options) is { Snapshot: { } snapshot } ? snapshot.Options : throw new InvalidOperationException(string.Join('\n', Read(options).Diagnostics));

    private static ConfigurationResult Read(string options) =>
        ConfigurationLoader.Load("/site", Site.With("option.dat", _ => options), new Dictionary<string, string>(StringComparer.Ordinal), version: 1);

    private static IEnumerable<string> Findings(ISourceFiles files) =>
        ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1).Diagnostics.Select(d => d.ToString());
}
