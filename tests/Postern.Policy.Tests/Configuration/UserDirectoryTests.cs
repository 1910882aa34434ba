using System.Security.Cryptography;
using System.Text;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Policy.Tests.Access;
using Postern.Smtp.Sasl;
using Xunit;

namespace Postern.Policy.Tests.Configuration;

/// <summary>The users file and the verifiers in it.</summary>
public sealed class UserDirectoryTests
{
    private const int Iterations = 4096;

    private static readonly byte[] Salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");

    /// <summary>RFC 7677 §3: with what is stored, the server checks the example's client proof and makes its own signature.</summary>
    [Fact]
    public void Verifier_carries_the_exchange_of_RFC_7677()
    {
        byte[] exchange = Encoding.ASCII.GetBytes(
            "n=user,r=rOprNGfwEbeRWgbNEkqO,"
            + "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
            + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");
        ScramVerifier verifier = ScramVerifier.Create("pencil", Salt, Iterations);
        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(HMACSHA256.HashData(verifier.ServerKey.AsSpan(), exchange)));
        byte[] proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        byte[] signature = HMACSHA256.HashData(verifier.StoredKey.AsSpan(), exchange);
        byte[] clientKey = [.. proof.Zip(signature, (p, s) => (byte)(p ^ s))];
        Assert.Equal(verifier.StoredKey, SHA256.HashData(clientKey));
    }

    [Fact]
    public void Verifier_reads_what_it_writes_and_knows_its_password_only()
    {
        ScramVerifier verifier = ScramVerifier.Create("pässwörd", Salt, Iterations);
        Assert.True(ScramVerifier.TryParse(verifier.ToString(), out ScramVerifier? read));
        Assert.Equal(verifier, read);
        Assert.True(read!.Verify("pässwörd"));
        Assert.False(read.Verify("passwörd"));
        Assert.False(read.Verify(""));
    }

    [Theory]
    [InlineData("")]
    [InlineData("*")]
    [InlineData("SCRAM-SHA-1$4096:W22ZaJ0SNY7soEsUEjb6gQ==$AAAA:AAAA")]
    [InlineData("SCRAM-SHA-256$0:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$99999999999:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$AAAA:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=")]
    [InlineData("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$%:%")]
    public void Malformed_verifier_is_refused(string text) => Assert.False(ScramVerifier.TryParse(text, out _));

    [Fact]
    public void Users_are_found_and_checked_in_any_letter_case()
    {
        string bob = UsersFile.LineOf("Bob@Example.com", ScramVerifier.Create("secret", Salt, Iterations));
        List<Diagnostic> diagnostics = [];
        SiteFiles files = Files($"! users\n{bob}\n  ! indented\nann@example.net *  ! no login\n\n\"two words\"@example.com *\n");
        UserDirectory users = new(UsersFile.Read(files, diagnostics), "example.com");
        Assert.Empty(diagnostics);
        Assert.Equal(["Bob@Example.com", "ann@example.net", "\"two words\"@example.com"], users.Entries.Select(e => e.Address));
        Assert.Equal((true, "Bob@Example.com"), users.Verify("bob@EXAMPLE.com", "secret"));
        Assert.Equal((true, "Bob@Example.com"), users.Verify("BOB", "secret"));
        Assert.Equal((false, null), users.Verify("bob", "Secret"));
        Assert.Equal((false, null), users.Verify("ann@example.net", "secret"));
        Assert.Equal((false, null), users.Verify("nobody", "secret"));
        Assert.Equal((false, null), users.Verify("not an address@@", "secret"));
        Assert.NotNull(users.Find("\"two words\"@example.com"));
        Assert.True(users.IsLocalDomain("example.net"));
        Assert.False(users.IsLocalDomain("example.org"));
    }

    [Fact]
    public void Channels_of_users_and_domains_are_read()
    {
        List<Diagnostic> diagnostics = [];
        SiteFiles files = Files("bob@example.com * mailSMTPSubmitChannel=tcp_a SOURCECHANNEL=TCP_B ! both\n@Example.com * sourceChannel=tcp_c\n");
        UserDirectory users = new(UsersFile.Read(files, diagnostics, out var domains), "example.com", domains);
        Assert.Empty(diagnostics);
        Assert.Equal(("tcp_a", "tcp_b"), (users.Find("bob")!.SubmitChannel.ToString(), users.Find("bob")!.SourceChannel.ToString()));
        Assert.Equal("tcp_c", users.FindDomain("example.com")!.SourceChannel.ToString());
        Assert.Null(users.FindDomain("example.net"));
    }

    [Theory]
    [InlineData("bob", "users:1: error: \"bob\" is no address of the form user@domain")]
    [InlineData("bob@example.com", "users:1: error: \"bob@example.com\" has no verifier; write * for a mailbox without login")]
    [InlineData("bob@example.com secret", "users:1: error: the verifier of \"bob@example.com\" is not SCRAM-SHA-256$iterations:salt$StoredKey:ServerKey")]
    [InlineData("bob@example.com * more", "users:1: error: \"more\" is neither mailSMTPSubmitChannel=channel nor sourceChannel=channel")]
    [InlineData("bob@example.com * color=red", "users:1: error: \"color=red\" is neither mailSMTPSubmitChannel=channel nor sourceChannel=channel")]
    [InlineData("bob@example.com * sourceChannel=", "users:1: error: \"sourceChannel=\" is neither mailSMTPSubmitChannel=channel nor sourceChannel=channel")]
    [InlineData("@example.com", "users:1: error: a line for a whole domain is \"@example.com * sourceChannel=channel\"")]
    [InlineData("@example.com * mailSMTPSubmitChannel=tcp_x", "users:1: error: a whole domain has no mailSMTPSubmitChannel; people authenticate")]
    [InlineData("@example.com *\n@EXAMPLE.com *", "users:2: error: domain \"@EXAMPLE.com\" is defined twice, first at users:1")]
    [InlineData("bob@example.com *\nBOB@example.com *", "users:2: error: user \"BOB@example.com\" is defined twice, first at users:1")]
    [InlineData("\"bob\\", "users:1: error: \"\"bob\" is no address of the form user@domain")]
    public void Fault_of_the_file_is_told(string text, string finding)
    {
        List<Diagnostic> diagnostics = [];
        UsersFile.Read(Files(text), diagnostics);
        Assert.Equal([finding], diagnostics.Select(d => d.ToString()));
    }

    private static SiteFiles Files(string users) => new(new Dictionary<string, string>(StringComparer.Ordinal) { ["users"] = users });
}
