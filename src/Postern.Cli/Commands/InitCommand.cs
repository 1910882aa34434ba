using System.CommandLine;
using System.Globalization;
using System.Net;
using Postern.Policy.Configuration;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern init</c>: writes the initial configuration, complete and blocking relay, into an empty directory.</summary>
internal static class InitCommand
{
    public static Command Build()
    {
        Argument<string> directory = new("DIR") { Description = "an empty or new directory" };
        Option<string[]> domains = new("--domain") { Description = "a domain we take mail for; the first is the default one", HelpName = "D", Required = true };
        Option<string?> host = new("--host") { Description = "our own host name (default: mail.DOMAIN)", HelpName = "NAME" };
        Option<string[]> internals = new("--internal") { Description = "addresses whose clients may relay", HelpName = "CIDR" };
        Option<string?> relay = new("--relay-host") { Description = "smart host for mail to the outside", HelpName = "HOST:PORT" };
        Option<string[]> internalDomains = new("--internal-domain") { Description = "a domain of hosts behind us", HelpName = "D" };
        Option<int> port = new("--port") { Description = "SMTP port", DefaultValueFactory = _ => 2525 };
        Option<int> submission = new("--submission-port") { Description = "submission port (STARTTLS and AUTH)", DefaultValueFactory = _ => 5587 };
        Option<int> submissions = new("--submissions-port") { Description = "submission port with implicit TLS", DefaultValueFactory = _ => 5465 };
        Option<int> console = new("--console-port") { Description = "web console port on loopback", DefaultValueFactory = _ => 8025 };
        Option<string?> store = new("--store") { Description = "root of the Maildirs", HelpName = "DIR" };
        Command command = new("init", "write the initial configuration, which blocks relaying")
        {
            directory, domains, host, internals, relay, internalDomains, port, submission, submissions, console, store,
        };
        command.SetAction(parsed =>
        {
            TextWriter error = parsed.InvocationConfiguration.Error;
            string[] names = parsed.GetValue(domains)!;
            (string Host, int Port)? relayHost = null;
            if (parsed.GetValue(relay) is { } text)
            {
                if (!TryRelayHost(text, out relayHost))
                {
                    error.WriteLine($"--relay-host \"{text}\" is not HOST:PORT");
                    return ExitCode.Error;
                }
            }

            foreach (string cidr in parsed.GetValue(internals) ?? [])
            {
                if (IPNetwork.TryParse(cidr, out _) || IPAddress.TryParse(cidr, out _)) continue;
                error.WriteLine($"--internal \"{cidr}\" is not an address or a network such as 10.0.0.0/8");
                return ExitCode.Error;
            }

            string? storeDirectory = parsed.GetValue(store);
            InitialConfigurationChoices choices = new()
            {
                Domains = [.. names],
                HostName = parsed.GetValue(host) ?? $"mail.{names[0]}",
                Internal = [.. parsed.GetValue(internals) ?? []],
                InternalDomains = [.. parsed.GetValue(internalDomains) ?? []],
                RelayHost = relayHost,
                Port = parsed.GetValue(port),
                SubmissionPort = parsed.GetValue(submission),
                SubmissionsPort = parsed.GetValue(submissions),
                ConsolePort = parsed.GetValue(console),
                StoreDirectory = storeDirectory is null ? null : Path.GetFullPath(storeDirectory),
                OwnAddresses = FirstRun.OwnAddresses(),
            };
            string target = Path.GetFullPath(parsed.GetValue(directory)!);
            if (FirstRun.TryWrite(target, choices, out string? fault))
            {
                parsed.InvocationConfiguration.Output.WriteLine($"wrote the initial configuration to {target}");
                parsed.InvocationConfiguration.Output.WriteLine($"next: postern user add someone@{names[0]} --config {target}; postern serve --config {target}");
                return ExitCode.Done;
            }

            error.WriteLine(fault);
            return ExitCode.Error;
        });
        return command;
    }

    private static bool TryRelayHost(string text, out (string Host, int Port)? relay)
    {
        int colon = text.LastIndexOf(':');
        relay = null;
        if (colon <= 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int port) || port is 0 or > 65535) return false;
        relay = (text[..colon].Trim('[', ']'), port);
        return true;
    }
}
