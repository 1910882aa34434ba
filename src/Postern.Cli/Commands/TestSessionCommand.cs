using System.CommandLine;
using Postern.Server.Imagined;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern test session</c>: a full SMTP session on standard input as if from any client; nothing is queued.</summary>
internal static class TestSessionCommand
{
    public static Command Build(GlobalOptions options)
    {
        Option<string> ip = new("--ip") { Description = "client address", HelpName = "IP", Required = true };
        Option<int?> port = new("--port") { Description = "the listener with this port (default: service smtp)", HelpName = "N" };
        Option<bool> tls = new("--tls") { Description = "the session has TLS from the start" };
        Option<string?> auth = new("--auth") { Description = "the session begins as if this user had authenticated", HelpName = "USER" };
        Option<string?> clientName = new("--client-name") { Description = "host name of the client, taken as confirmed by DNS", HelpName = "NAME" };
        Command command = new("session", "SMTP on standard input as if from that client; lines with # tell the decisions, nothing is queued") { ip, port, tls, auth, clientName };
        CalloutOptions callouts = new();
        callouts.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (options.Load(parsed) is not { } snapshot || callouts.Loop(parsed, snapshot) is not { } loop) return ExitCode.Error;
            ImaginedSession client = new(parsed.GetValue(ip)!, parsed.GetValue(port), parsed.GetValue(tls), parsed.GetValue(auth), Helo: "")
            {
                ClientName = parsed.GetValue(clientName),
            };
            TypedSession session = new(snapshot, loop, TimeProvider.System);
            if (await session.RunAsync(client, Console.In, parsed.InvocationConfiguration.Output, cancellationToken) is not { } fault) return ExitCode.Done;
            parsed.InvocationConfiguration.Error.WriteLine(fault);
            return ExitCode.Error;
        });
        return command;
    }
}
