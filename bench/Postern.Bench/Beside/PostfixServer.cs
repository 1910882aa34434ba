using System.Globalization;

namespace Postern.Bench.Beside;

/// <summary>
/// Postfix of Debian in a directory of its own, set up to do what <see cref="PosternServer"/> does: relay for internal addresses and for
/// nobody else, one name for its domain, no look-ups in DNS, its log in a file. Whatever slows a client down on purpose is off.
/// </summary>
internal sealed class PostfixServer : IMailServer
{
    private const string Program = "/usr/sbin/postfix";

    private readonly string _directory = Daemon.NewDirectory("postfix");
    private readonly string _configuration;

    /// <param name="sink">port on 127.0.0.1 to which mail for the world is sent.</param>
    /// <param name="isHeld">what is accepted goes to the hold queue, and the queue manager does not see it.</param>
    public PostfixServer(int sink, bool isHeld = false, int deliveries = 20)
    {
        _configuration = Path.Combine(_directory, "configuration");
        foreach (string name in (string[])["configuration", "queue", "data"]) Directory.CreateDirectory(Path.Combine(_directory, name));
        Daemon.Run("chown", "postfix", Path.Combine(_directory, "data"));
        File.WriteAllText(Path.Combine(_configuration, "main.cf"), Main(sink, isHeld, deliveries));
        File.WriteAllText(Path.Combine(_configuration, "master.cf"), Services());
        Daemon.Run(Program, "-c", _configuration, "start");
        try
        {
            Daemon.AwaitPort(Port, () => null);

            // Not read here: the master holds a lock on the file, which the runtime would want too.
            Processes = new ProcessTree(int.Parse(Daemon.Run("cat", Path.Combine(_directory, "queue", "pid", "master.pid")), CultureInfo.InvariantCulture));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public static bool IsInstalled => !BenchSettings.IsAlone && File.Exists(Program);

    public string Name => "Postfix";

    public int Port { get; } = Daemon.FreePort();

    public ProcessTree Processes { get; }

    public void Dispose()
    {
        Daemon.Run(Program, "-c", _configuration, "stop");
        Directory.Delete(_directory, recursive: true);
    }

    private string Main(int sink, bool isHeld, int deliveries) => $$"""
        compatibility_level = 3.6
        queue_directory = {{_directory}}/queue
        data_directory = {{_directory}}/data
        command_directory = /usr/sbin
        daemon_directory = /usr/lib/postfix/sbin
        mail_owner = postfix
        setgid_group = postdrop
        maillog_file = {{_directory}}/postfix.log
        maillog_file_prefixes = {{_directory}}
        myhostname = mx.example.com
        mydestination =
        relay_domains =
        mynetworks = 127.0.0.1/32, 10.0.0.0/8
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        alias_maps =
        alias_database =
        virtual_mailbox_domains = example.com
        virtual_mailbox_maps =
        default_transport = smtp:[127.0.0.1]:{{sink}}
        smtp_dns_support_level = disabled
        smtpd_peername_lookup = no
        smtp_tls_security_level = none
        smtpd_tls_security_level = none
        message_size_limit = {{200 << 20}}
        mailbox_size_limit = 0
        smtpd_recipient_restrictions = {{(isHeld ? "check_recipient_access static:HOLD" : "")}}
        smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
        default_process_limit = 1000
        default_destination_concurrency_limit = {{deliveries}}
        initial_destination_concurrency = {{deliveries}}
        smtpd_client_connection_count_limit = 0
        smtpd_client_connection_rate_limit = 0
        smtpd_error_sleep_time = 0
        smtpd_soft_error_limit = 1000000000
        smtpd_hard_error_limit = 1000000000
        smtpd_junk_command_limit = 1000000000
        smtpd_timeout = 300s
        in_flow_delay = 0

        """;

    private string Services() => $$"""
        127.0.0.1:{{Port}} inet n - n - - smtpd
        pickup    unix n - n 60 1 pickup
        cleanup   unix n - n - 0 cleanup
        qmgr      unix n - n 300 1 qmgr
        tlsmgr    unix - - n 1000? 1 tlsmgr
        rewrite   unix - - n - - trivial-rewrite
        bounce    unix - - n - 0 bounce
        defer     unix - - n - 0 bounce
        trace     unix - - n - 0 bounce
        verify    unix - - n - 1 verify
        flush     unix n - n 1000? 0 flush
        proxymap  unix - - n - - proxymap
        proxywrite unix - - n - 1 proxymap
        smtp      unix - - n - - smtp
        relay     unix - - n - - smtp
        showq     unix n - n - - showq
        error     unix - - n - - error
        retry     unix - - n - - error
        discard   unix - - n - - discard
        local     unix - n n - - local
        virtual   unix - n n - - virtual
        anvil     unix - - n - 1 anvil
        scache    unix - - n - 1 scache
        postlog   unix-dgram n - n - 1 postlogd

        """;
}
