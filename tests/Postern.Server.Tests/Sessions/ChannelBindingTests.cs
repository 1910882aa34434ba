using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography;
using MailKit.Net.Smtp;
using MailKit.Security;
using Postern.Server.Listening;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Sessions;

/// <summary>SCRAM-SHA-256-PLUS with an independent client, which works out the binding of the channel by itself.</summary>
public sealed class ChannelBindingTests : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private ServerBench? _bench;
    private SocketBench? _server;

    [Theory]
    [InlineData("SHA256", SslProtocols.Tls12)]
    [InlineData("SHA256", SslProtocols.Tls13)]
    [InlineData("SHA384", SslProtocols.Tls13)]
    [InlineData("SHA512", SslProtocols.Tls12)]
    [InlineData("SHA512", SslProtocols.Tls13)]
    public async Task Client_and_server_bind_to_the_same_channel(string hash, SslProtocols protocol)
    {
        await StartAsync(new HashAlgorithmName(hash));
        using SmtpClient client = await ConnectAsync(protocol);
        Assert.Contains("SCRAM-SHA-256-PLUS", client.AuthenticationMechanisms);
        SaslMechanismScramSha256Plus mechanism = new(new NetworkCredential("bob@example.com", Site.Password));
        await client.AuthenticateAsync(mechanism, TestContext.Current.CancellationToken);
        Assert.True(client.IsAuthenticated);
        Assert.True(mechanism.NegotiatedChannelBinding);
    }

    [Fact]
    public async Task Wrong_password_is_wrong_on_the_right_channel()
    {
        await StartAsync(HashAlgorithmName.SHA256);
        using SmtpClient client = await ConnectAsync(SslProtocols.Tls13);
        await Assert.ThrowsAsync<MailKit.Security.AuthenticationException>(
            () => client.AuthenticateAsync(new SaslMechanismScramSha256Plus(new NetworkCredential("bob@example.com", "no")), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Client_without_binding_uses_the_plain_mechanism()
    {
        await StartAsync(HashAlgorithmName.SHA256);
        using SmtpClient client = await ConnectAsync(SslProtocols.Tls13);
        await client.AuthenticateAsync(new SaslMechanismScramSha256(new NetworkCredential("bob@example.com", Site.Password)), TestContext.Current.CancellationToken);
        Assert.True(client.IsAuthenticated);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null) await _server.DisposeAsync();
        if (_bench is not null) await _bench.DisposeAsync();
        _directory.Dispose();
    }

    private async Task StartAsync(HashAlgorithmName hash)
    {
        _bench = new ServerBench(Site.Snapshot(("postern.cnf", t => Site.WithOptions(t, "tcp_intranet", "saslmechanisms \"scram-sha-256-plus scram-sha-256 plain\""))));
        TlsFiles files = TlsFiles.Of(_bench.Live.Current) with { Certificate = _directory.Combine("cert.pem"), Key = _directory.Combine("key.pem") };
        TestAuthority.WriteServer(files.Certificate, files.Key, hash, "localhost");
        Assert.True(_bench.Tls.TryLoad(files, out Mapping.Text.Diagnostic? fault), fault?.ToString());
        _server = await SocketBench.StartAsync(_bench);
    }

    private async Task<SmtpClient> ConnectAsync(SslProtocols protocol)
    {
        SmtpClient client = new() { SslProtocols = protocol, ServerCertificateValidationCallback = (_, certificate, _, _) => certificate is not null };
        await client.ConnectAsync("localhost", _server!.Port, SecureSocketOptions.StartTls, TestContext.Current.CancellationToken);
        Assert.Equal(protocol, client.SslProtocol);
        return client;
    }
}
