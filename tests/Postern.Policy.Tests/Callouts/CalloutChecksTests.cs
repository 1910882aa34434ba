using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Xunit;

namespace Postern.Policy.Tests.Callouts;

/// <summary>What loading says about callouts and about metermaid.cnf.</summary>
public sealed class CalloutChecksTests
{
    [Theory]
    [InlineData("$C$[dns_verify_domian,$0,list.example]", "template \"$C$[dns_verify_domian,$0,list.example]\": no routine \"dns_verify_domian\"; did you mean \"dns_verify_domain\"?")]
    [InlineData("$C$[IMTA_LIB:dns_verify.so,dns_verify_domian,$0,l]", "template \"$C$[IMTA_LIB:dns_verify.so,dns_verify_domian,$0,l]\": no routine \"dns_verify_domian\"; did you mean \"dns_verify_domain\"?")]
    [InlineData("$C$[/opt/lib/own.so,own_check,$0]", "template \"$C$[/opt/lib/own.so,own_check,$0]\": no routine \"own_check\"; native libraries are not loaded")]
    [InlineData("$C$[dns_verify_domain,$0]", "\"$0\": routine \"dns_verify_domain\" needs address,list")]
    [InlineData("$C$[dns_verify,$0|$$Y]", "\"$0|$$Y\": routine \"dns_verify\" needs name|text if found|text if not")]
    [InlineData("$C$[throttle,$0]", "\"$0\": routine \"throttle\" needs table,key")]
    [InlineData("$C$[metermaid,throttle,tabel,$0]", "no throttling table \"tabel\" in metermaid.cnf; did you mean \"table\"?")]
    [InlineData("$C$[throttle,other,$0]", "no throttling table \"other\" in metermaid.cnf")]
    public void Callout_that_can_never_be_answered_is_an_error(string template, string text)
    {
        ConfigurationResult loaded = Load(template, "[TABLE=table]\n");
        Assert.Contains(text, loaded.Diagnostics.Where(d => d.IsError).Select(d => d.Text));
        Assert.Null(loaded.Snapshot);
    }

    [Theory]
    [InlineData("$C$[dns_verify,$0|$$Y|$$N]")]
    [InlineData("$C$[IMTA_LIB:dns_verify.so,dns_verify,$0|$$Y|$$NInvalid$ host:$ $$0$ -$ %e]")]
    [InlineData("$C$[/opt/SUNWmsgsr/lib/dns_verify.so,dns_verify_domain_port,$0,list.example,Your$ host$ ($0)$ is$ listed]$E")]
    [InlineData("$C$[dns_verify_domain,$0,list.example]$E")]
    [InlineData("$C$[dns_verify_domain_warn,$0,list.example]$E")]
    [InlineData("$C$:A$[metermaid,throttle,TABLE,$0]$N421$E")]
    [InlineData("$C$[IMTA_LIB:check_metermaid.so,throttle,table,$0]$N421$E")]
    public void Documented_form_is_accepted(string template)
    {
        ConfigurationResult loaded = Load(template, "[TABLE=table]\nTYPE=throttle\nDATA_TYPE=ipv4\n");
        Assert.DoesNotContain(loaded.Diagnostics, d => d.File is "mappings" or "metermaid.cnf");
        Assert.NotNull(loaded.Snapshot);
    }

    [Theory]
    [InlineData("$C$]ldap:///o=x?mail?sub?(uid=$0)[$Y$E", "entry \"*\" asks a directory, and none is configured: it cannot be answered")]
    [InlineData("$C$}$0,mail{$Y$E", "entry \"*\" asks a directory, and none is configured: it cannot be answered")]
    [InlineData("$C$#numbers#$Y$E", "entry \"*\" draws from a sequence file, which is not supported: it cannot be answered")]
    public void Callout_without_anybody_to_answer_is_a_warning(string template, string text)
    {
        ConfigurationResult loaded = Load(template, "");
        Assert.Contains($"warning: {text}", loaded.Diagnostics.Select(d => $"{(d.IsError ? "error" : "warning")}: {d.Text}"));
        Assert.NotNull(loaded.Snapshot);
    }

    [Theory]
    [InlineData("QUOTA=1\n", "metermaid.cnf:1: error: QUOTA stands before the first [TABLE=name]")]
    [InlineData("[TABLE=a]\nQUOTA=0\n", "metermaid.cnf:2: error: QUOTA needs a number of at least 1, not \"0\"")]
    [InlineData("[TABLE=a]\nQUOTA_TIME=x\n", "metermaid.cnf:2: error: QUOTA_TIME needs seconds from 1 to 2678400, not \"x\"")]
    [InlineData("[TABLE=a]\nMAX_ENTRIES=1000001\n", "metermaid.cnf:2: error: MAX_ENTRIES needs a number from 1 to 1000000, not \"1000001\"")]
    [InlineData("[TABLE=a]\nOPTIONS=penalise\n", "metermaid.cnf:2: error: OPTIONS needs penalize, nocase, or both with a comma, not \"penalise\"")]
    [InlineData("[TABLE=a]\nTYPE=greylisting\n", "metermaid.cnf:2: error: TYPE needs throttle, the only kind of table there is, not \"greylisting\"")]
    [InlineData("[TABLE=a]\nDATA_TYPE=blob\n", "metermaid.cnf:2: error: DATA_TYPE needs string or ipv4, not \"blob\"")]
    [InlineData("[TABLE=a]\nQUOTE=2\n", "metermaid.cnf:2: warning: unknown option \"QUOTE\" is ignored; did you mean QUOTA?")]
    [InlineData("[TABEL=a]\n", "metermaid.cnf:1: warning: section \"TABEL\" is ignored; throttling tables are written [TABLE=name]")]
    [InlineData("[TABLE=a]\n[TABLE=A]\n", "metermaid.cnf:2: error: table \"A\" is defined twice, first at metermaid.cnf:1")]
    public void Fault_in_the_throttling_tables_is_told(string text, string diagnostic) =>
        Assert.Contains(diagnostic, Load("$Y", text).Diagnostics.Select(d => d.ToString()));

    [Fact]
    public void Throttling_table_is_read()
    {
        ConfigurationSnapshot snapshot = Load("$Y", "[TABLE=plain]\n\n[TABLE=full]\nQUOTA=1250\nQUOTA_TIME=3600\nMAX_ENTRIES=50000\nOPTIONS=penalize, nocase\n").Snapshot!;
        Assert.Equal(
            [
                new ThrottleDefinition("plain", 100, TimeSpan.FromSeconds(60), 1000, Penalize: false, IgnoresCase: false),
                new ThrottleDefinition("full", 1250, TimeSpan.FromHours(1), 50_000, Penalize: true, IgnoresCase: true),
            ],
            snapshot.Throttles);
    }

    [Fact]
    public void Open_relay_behind_a_callout_is_noticed()
    {
        SiteFiles files = InitialSite.Files.With("mappings", text => text.Replace(
            "  tcp_local|*|tcp_local|*", "  tcp_local|*|tcp_local|*  $[dns_verify_domain,203.0.113.9,list.example]\n! ", StringComparison.Ordinal));
        ConfigurationResult loaded = ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
        Assert.Contains(loaded.Diagnostics, d => d.Text.Contains("lets a stranger relay", StringComparison.Ordinal));
    }

    private static ConfigurationResult Load(string template, string throttles)
    {
        SiteFiles files = InitialSite.Files.With("mappings", text => $"{text}\nFROM_ACCESS\n\n  *  {template}\n").With("metermaid.cnf", _ => throttles);
        return ConfigurationLoader.Load("/site", files, new Dictionary<string, string>(StringComparer.Ordinal), version: 1);
    }
}
