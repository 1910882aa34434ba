using System.CommandLine;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern explain</c>: the whole path of one decision, a made-up one by its facts or a live one by its id.</summary>
internal static class ExplainCommand
{
    public static Command Build(GlobalOptions options)
    {
        Argument<string?> id = new("ID") { Description = "the id in square brackets at the end of a refusal", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> ip = new("--ip") { Description = "client address", HelpName = "IP" };
        Option<string?> from = new("--from") { Description = "sender; <> or an empty string is the null sender", HelpName = "A" };
        Option<string?> to = new("--to") { Description = "recipient", HelpName = "B" };
        Option<string?> auth = new("--auth") { Description = "authenticated user", HelpName = "USER" };
        Option<bool> tls = new("--tls") { Description = "the session uses TLS" };
        Option<int?> port = new("--port") { Description = "the listener with this port (default: service smtp)", HelpName = "N" };
        Option<string> helo = new("--helo") { Description = "name given in EHLO", HelpName = "NAME", DefaultValueFactory = _ => "client.invalid" };
        Option<string?> clientName = new("--client-name") { Description = "host name of the client, taken as confirmed by DNS", HelpName = "NAME" };
        Command command = new("explain", "tell the whole path of one decision") { id, ip, from, to, auth, tls, port, helo, clientName };
        CalloutOptions callouts = new();
        callouts.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (parsed.GetValue(id) is { } live) return Live(parsed, options, live);
            if (parsed.GetValue(ip) is not { } address || parsed.GetValue(from) is not { } sender || parsed.GetValue(to) is not { } recipient)
            {
                parsed.InvocationConfiguration.Error.WriteLine("explain needs ID, or --ip, --from and --to");
                return ExitCode.Error;
            }

            if (options.LoadPolicy(parsed) is not { } policy || callouts.Loop(parsed, policy.Snapshot) is not { } loop) return ExitCode.Error;
            ImaginedSession session = new(address, parsed.GetValue(port), parsed.GetValue(tls), parsed.GetValue(auth), parsed.GetValue(helo)!)
            {
                ClientName = parsed.GetValue(clientName),
            };
            if (session.Facts(policy, out string? fault) is null)
            {
                parsed.InvocationConfiguration.Error.WriteLine(fault);
                return ExitCode.Error;
            }

            return Print(parsed, options, policy.Snapshot, await loop.AskAsync(
                answers => ImaginedSession.Decide(policy, session.Facts(policy, out _, answers)!, Unbracket(sender), Unbracket(recipient), answers),
                static record => record.Pending,
                cancellationToken));
        });
        return command;
    }

    private static int Live(ParseResult parsed, GlobalOptions options, string id)
    {
        if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
        string? line = DecisionLog.Find(new DataDirectory(options.Directory(parsed), snapshot).DecisionLog, id.Trim('[', ']').ToLowerInvariant());
        if (line is null)
        {
            parsed.InvocationConfiguration.Error.WriteLine($"no decision \"{id}\" in the log");
            return ExitCode.No;
        }

        if (parsed.GetValue(options.Json)) parsed.InvocationConfiguration.Output.WriteLine(line);
        else parsed.InvocationConfiguration.Output.Write(DecisionText.FromJson(line, snapshot));
        return ExitCode.Done;
    }

    private static int Print(ParseResult parsed, GlobalOptions options, ConfigurationSnapshot snapshot, DecisionRecord record)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        if (parsed.GetValue(options.Json)) JsonOutput.Write(output, json => DecisionJson.Write(json, record));
        else output.Write(DecisionText.Write(record, snapshot));
        if (record.Pending is not null) return ExitCode.Unknown;
        return record.Decision.Verdict is Verdict.Reject or Verdict.Defer ? ExitCode.No : ExitCode.Done;
    }

    private static string Unbracket(string address) =>
        address is ['<', .., '>'] ? address[1..^1] : address;
}
