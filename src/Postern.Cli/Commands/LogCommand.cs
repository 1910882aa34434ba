using System.CommandLine;
using Postern.Policy.Configuration;
using Postern.Server.Logs;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern log</c>: the transaction log, filtered and followed. Lines are shown as they were written.</summary>
internal static class LogCommand
{
    public static Command Build(GlobalOptions options)
    {
        Option<bool> follow = new("--follow", "-f") { Description = "wait for further lines; only new ones are shown" };
        Option<string> letters = new("--action") { Description = "first letters of the actions wanted, as DR", HelpName = "LETTERS", DefaultValueFactory = _ => "" };
        Option<string?> channel = new("--channel") { Description = "source or destination channel", HelpName = "C" };
        Option<string?> address = new("--address") { Description = "part of a sender's, recipient's or user's address", HelpName = "A" };
        Option<string?> message = new("--message") { Description = "queue id or Message-ID; messages made from that one are shown too", HelpName = "ID" };
        Option<string?> session = new("--session") { Description = "id of a session", HelpName = "ID" };
        Option<bool> connections = new("--connections") { Description = "the connection log, where SEPARATE_CONNECTION_LOG=1 keeps one" };
        Command command = new("log", "show, filter and follow the transaction log") { follow, letters, channel, address, message, session, connections };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            DataDirectory places = new(options.Directory(parsed), snapshot);
            LogReader reader = new(new LogFiles(parsed.GetValue(connections) ? places.ConnectionLog : places.TransactionLog), TimeProvider.System);
            TransactionFilter filter = new(
                parsed.GetValue(letters)!, parsed.GetValue(channel), Veiled(parsed.GetValue(address), snapshot, places), parsed.GetValue(message), parsed.GetValue(session));
            bool any = false;
            try
            {
                bool following = parsed.GetValue(follow);
                await foreach (string line in reader.ReadAsync(following, onlyNew: following, cancellationToken))
                {
                    if (!filter.Takes(line)) continue;
                    any = true;
                    parsed.InvocationConfiguration.Output.WriteLine(line);
                }
            }
            catch (OperationCanceledException) when (parsed.GetValue(follow))
            {
                return ExitCode.Done;
            }

            return any ? ExitCode.Done : ExitCode.No;
        });
        return command;
    }

    /// <summary>Where addresses are hashed, so is the one that is looked for.</summary>
    private static string? Veiled(string? address, ConfigurationSnapshot snapshot, DataDirectory places) =>
        address is not null && snapshot.Options.Logs.HashesAddresses && File.Exists(places.LogKey) ? new AddressVeil(new LogKey(places.LogKey).Value).Address(address) : address;
}
