using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Postern.Server.Listening;
using Postern.Server.Tests.Harness;

namespace Postern.Server.Tests.Ldap;

/// <summary>
/// An OpenLDAP server on free loopback ports, with the entries of <c>conformance/directory/example.ldif</c>: a child process that ends
/// with the test. It takes anonymous searches, and TLS with a certificate of its own for localhost.
/// </summary>
public sealed class SlapdServer : IAsyncDisposable
{
    public const string RootName = "cn=root,o=isp";
    public const string RootPassword = "top secret";

    private readonly TemporaryDirectory _directory = new();
    private Process? _process;

    private SlapdServer(string hostName)
    {
        (Port, TlsPort) = (FreePort(), FreePort());
        TlsCertificate.WriteSelfSigned(Certificate, _directory.Combine("key.pem"), hostName, DateTimeOffset.UtcNow);
        Directory.CreateDirectory(_directory.Combine("db"));
        File.WriteAllText(_directory.Combine("slapd.conf"), $"""
            include /etc/ldap/schema/core.schema
            include /etc/ldap/schema/cosine.schema
            include {Data("messaging.schema")}
            modulepath /usr/lib/ldap
            moduleload back_mdb
            TLSCertificateFile {Certificate}
            TLSCertificateKeyFile {_directory.Combine("key.pem")}
            database mdb
            suffix "o=isp"
            rootdn "{RootName}"
            rootpw "{RootPassword}"
            directory {_directory.Combine("db")}
            dbnosync
            access to attrs=userPassword by anonymous auth by * none
            access to * by * read

            """);
    }

    public int Port { get; }

    public int TlsPort { get; }

    /// <summary>PEM file.</summary>
    public string Certificate => _directory.Combine("cert.pem");

    /// <param name="hostName">what its certificate is for.</param>
    public static async Task<SlapdServer> StartedAsync(string hostName = "localhost")
    {
        SlapdServer server = new(hostName);
        await server.LoadAsync(Data("example.ldif"));
        await server.StartAsync();
        return server;
    }

    /// <summary>Adds entries; the server must not run.</summary>
    public async Task LoadAsync(string ldif)
    {
        using Process load = Run("slapadd", "-f", _directory.Combine("slapd.conf"), "-l", ldif);
        string errors = await load.StandardError.ReadToEndAsync();
        await load.WaitForExitAsync();
        Assert.True(load.ExitCode == 0, errors);
    }

    public async Task StartAsync()
    {
        _process = Run("slapd", "-h", $"ldap://127.0.0.1:{Port} ldaps://127.0.0.1:{TlsPort}", "-f", _directory.Combine("slapd.conf"), "-d", "stats");
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            if (!line.Contains("slapd starting", StringComparison.Ordinal)) continue;
            _ = _process.StandardError.BaseStream.CopyToAsync(Stream.Null);
            await AcceptsAsync(_process);
            return;
        }

        Assert.Fail("slapd did not start");
    }

    /// <summary>It says that it starts a little before it listens.</summary>
    private async Task AcceptsAsync(Process process)
    {
        foreach (int port in (int[])[Port, TlsPort])
        {
            while (!await IsOpenAsync(port)) Assert.False(process.HasExited, "slapd did not stay");
        }
    }

    private static async Task<bool> IsOpenAsync(int port)
    {
        using TcpClient probe = new();
        try
        {
            await probe.ConnectAsync(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    public async Task StopAsync()
    {
        if (_process is not { } process) return;
        _process = null;
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    /// <summary>Changes entries while the server runs.</summary>
    public async Task ModifyAsync(string ldif)
    {
        string file = _directory.Combine("change.ldif");
        await File.WriteAllTextAsync(file, ldif);
        using Process modify = Run("ldapmodify", "-x", "-H", $"ldap://127.0.0.1:{Port}", "-D", RootName, "-w", RootPassword, "-f", file);
        string errors = await modify.StandardError.ReadToEndAsync();
        await modify.WaitForExitAsync();
        Assert.True(modify.ExitCode == 0, errors);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }

    public static string Data(string name) => Path.Combine(AppContext.BaseDirectory, "conformance", "directory", name);

    public static int FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static Process Run(string program, params string[] arguments)
    {
        ProcessStartInfo start = new(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };

        // Where ordinary users have no /usr/sbin on their path, the server is there all the same.
        start.Environment["PATH"] = $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin";
        string? found = start.Environment["PATH"]!.Split(':').Select(d => Path.Combine(d, program)).FirstOrDefault(File.Exists);
        start.FileName = found ?? program;
        return Process.Start(start) ?? throw new InvalidOperationException($"cannot start {program}");
    }
}
