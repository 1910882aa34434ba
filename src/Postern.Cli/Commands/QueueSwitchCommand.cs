using System.CommandLine;
using Postern.Policy.Channels;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli.Commands;

/// <summary><c>postern queue stop</c> and <c>start</c>: whether a channel delivers; what it is told lasts over restarts.</summary>
internal static class QueueSwitchCommand
{
    public static Command Build(GlobalOptions options, OperatorVerb verb, string description)
    {
        Argument<string> channel = new("CHANNEL") { Description = "a destination channel of the configuration" };
        Command command = new(verb.ToString().ToLowerInvariant(), description) { channel };
        command.SetAction(async (parsed, cancellation) =>
        {
            if (options.Load(parsed) is not { } snapshot) return ExitCode.Error;
            string name = parsed.GetValue(channel)!;

            // A channel that the configuration lost may still have to be started.
            if (verb == OperatorVerb.Stop && snapshot.Channels.FindByName(new ChannelName(name)) is null)
            {
                parsed.InvocationConfiguration.Error.WriteLine($"there is no channel \"{name}\"");
                return ExitCode.Error;
            }

            OperatorRequest request = new(verb, QueueAccess.User, new QueueFilter { Channel = name });
            OperatorOutcome outcome = await new QueueAccess(options.Directory(parsed), snapshot).RunAsync(request, cancellation);
            string state = verb == OperatorVerb.Stop ? "stopped" : "started";
            if (parsed.GetValue(options.Json)) JsonOutput.Write(parsed.InvocationConfiguration.Output, json => QueueJson.WriteSwitch(json, name, verb == OperatorVerb.Stop, outcome.Changed > 0));
            else parsed.InvocationConfiguration.Output.WriteLine(outcome.Changed > 0 ? $"channel {name} {state}" : $"channel {name} was {state} already");
            return ExitCode.Done;
        });
        return command;
    }
}
