using System.CommandLine;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern queue stop</c> and <c>start</c>: whether a channel, or mail for a next hop, is delivered; what it is told lasts over restarts.</summary>
internal static class QueueSwitchCommand
{
    public static Command Build(GlobalOptions options, OperatorVerb verb, string description)
    {
        Argument<string?> channel = new("CHANNEL") { Description = "a destination channel of the configuration", Arity = ArgumentArity.ZeroOrOne };
        Option<string?> host = new("--host") { Description = "instead of a channel: the mail for this next hop on all channels", HelpName = "H" };
        Command command = new(verb.ToString().ToLowerInvariant(), description) { channel, host };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            TextWriter error = parsed.InvocationConfiguration.Error;
            string? name = parsed.GetValue(channel), hop = parsed.GetValue(host);
            if ((name is null) == (hop is null))
            {
                error.WriteLine("give a channel or --host");
                return ExitCode.Error;
            }

            // A channel that the configuration lost may still have to be started.
            if (verb == OperatorVerb.Stop && name is not null && snapshot.Channels.FindByName(new ChannelName(name)) is null)
            {
                error.WriteLine($"there is no channel \"{name}\"");
                return ExitCode.Error;
            }

            OperatorRequest request = new(verb, QueueAccess.User, new QueueFilter { Channel = name, Host = hop });
            OperatorOutcome outcome = await new QueueAccess(options.Directory(parsed), snapshot).RunAsync(request, cancellation);
            string state = verb == OperatorVerb.Stop ? "stopped" : "started", what = name is null ? $"host {hop}" : $"channel {name}";
            if (parsed.GetValue(options.Json)) JsonOutput.Write(parsed.InvocationConfiguration.Output, json => QueueJson.WriteSwitch(json, name, hop, verb == OperatorVerb.Stop, outcome.Changed > 0));
            else parsed.InvocationConfiguration.Output.WriteLine(outcome.Changed > 0 ? $"{what} {state}" : $"{what} was {state} already");
            return ExitCode.Done;
        });
        return command;
    }
}
