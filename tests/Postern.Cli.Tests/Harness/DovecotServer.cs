using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using MailKit;
using MailKit.Net.Imap;
using MailKit.Security;
using MimeKit;

namespace Postern.Cli.Tests.Harness;

/// <summary>
/// Dovecot of Debian as a mail store: LMTP on a socket file and on a loopback port, IMAP to read it back. Its users are those
/// it was given; a quota of a few octets makes one whose mailbox is always full.
/// </summary>
public sealed class DovecotServer : IAsyncDisposable
{
    public const string Password = "imap secret";

    /// <summary>Nobody's: Dovecot gives mail to no user below 500.</summary>
    private const string Owner = "65534:65534";

    private readonly TemporaryDirectory _directory = new();
    private readonly Process _process;

    private DovecotServer(IEnumerable<string> users, IEnumerable<string> full)
    {
        // Its processes run as several users, who must all find their way here.
        ExternalProgram.Start("chmod", ["0755", _directory.Root]).WaitForExit();
        Directory.CreateDirectory(_directory.Combine("mail"));
        ExternalProgram.Start("chown", [Owner, _directory.Combine("mail")]).WaitForExit();
        File.WriteAllLines(
            _directory.Combine("users"),
            [
                .. users.Select(u => $"{u}:{{PLAIN}}{Password}:{Owner}::{_directory.Combine("mail")}/{u}::"),
                .. full.Select(u => $"{u}:{{PLAIN}}{Password}:{Owner}::{_directory.Combine("mail")}/{u}::userdb_quota_rule=*:bytes=1"),
            ]);
        File.WriteAllText(_directory.Combine("dovecot.conf"), $$"""
            base_dir = {{_directory.Combine("run")}}
            state_dir = {{_directory.Combine("run")}}
            log_path = {{_directory.Combine("log")}}
            protocols = lmtp imap
            ssl = no
            disable_plaintext_auth = no
            auth_username_format = %Lu
            mail_location = maildir:~/Maildir
            mail_plugins = quota
            plugin {
              quota = maildir:User quota
            }
            passdb {
              driver = passwd-file
              args = {{_directory.Combine("users")}}
            }
            userdb {
              driver = passwd-file
              args = {{_directory.Combine("users")}}
            }
            service lmtp {
              unix_listener {{SocketFile}} {
                mode = 0666
              }
              inet_listener lmtp {
                address = 127.0.0.1
                port = {{Number(LmtpPort)}}
              }
            }
            service imap-login {
              inet_listener imap {
                address = 127.0.0.1
                port = {{Number(ImapPort)}}
              }
              inet_listener imaps {
                port = 0
              }
            }

            """);
        _process = ExternalProgram.Start("dovecot", ["-F", "-c", _directory.Combine("dovecot.conf")]);
    }

    public string SocketFile => _directory.Combine("lmtp");

    public int LmtpPort { get; } = FreePort.Take();

    public int ImapPort { get; } = FreePort.Take();

    /// <param name="users">addresses.</param>
    /// <param name="full">addresses whose mailboxes take nothing more.</param>
    public static async Task<DovecotServer> StartedAsync(ImmutableArray<string> users, ImmutableArray<string> full)
    {
        DovecotServer server = new(users, full);
        await Eventually.HoldsAsync("Dovecot listens", () =>
        {
            if (server._process.HasExited) Assert.Fail($"Dovecot ended: {server._process.StandardError.ReadToEnd()}");
            return File.Exists(server.SocketFile) && !FreePort.IsFree(server.ImapPort);
        });
        return server;
    }

    /// <summary>The user's inbox as IMAP shows it.</summary>
    public async Task<ImmutableArray<MimeMessage>> InboxAsync(string user)
    {
        using ImapClient client = new();
        await client.ConnectAsync("127.0.0.1", ImapPort, SecureSocketOptions.None, TestContext.Current.CancellationToken);
        await client.AuthenticateAsync(user, Password, TestContext.Current.CancellationToken);
        await client.Inbox.OpenAsync(FolderAccess.ReadOnly, TestContext.Current.CancellationToken);
        ImmutableArray<MimeMessage>.Builder messages = ImmutableArray.CreateBuilder<MimeMessage>();
        for (int i = 0; i < client.Inbox.Count; i++) messages.Add(await client.Inbox.GetMessageAsync(i, TestContext.Current.CancellationToken));
        return messages.DrainToImmutable();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync(CancellationToken.None);
        _process.Dispose();
        _directory.Dispose();
    }

    private static string Number(int port) => port.ToString(CultureInfo.InvariantCulture);
}
