using System.CommandLine;
using Postern.Cli;
using Postern.Cli.Commands;
using Postern.Queue;
using Postern.Server.Operations;

GlobalOptions options = new();
RootCommand root = new("Postern, a mail transfer agent whose relay policy can be read, tested and explained")
{
    options.Config,
    options.Json,
    InitCommand.Build(),
    ServeCommand.Build(options),
    CheckCommand.Build(options),
    new Command("test", "the policy engine by hand; no socket is opened and nothing is queued")
    {
        TestMappingCommand.Build(options),
        TestMatchCommand.Build(options),
        TestRewriteCommand.Build(options),
        TestSessionCommand.Build(options),
    },
    ExplainCommand.Build(options),
    CountersCommand.Build(options),
    LogCommand.Build(options),
    new Command("queue", "the message queue")
    {
        QueueListCommand.Build(options),
        QueueShowCommand.Build(options),
        QueueSummaryCommand.Build(options),
        QueueTopCommand.Build(options),
        QueueChangeCommand.Build(options, OperatorVerb.Retry, "make queued mail due now, and end the back-off of its next hops"),
        QueueChangeCommand.Build(
            options, OperatorVerb.Hold, "keep queued mail back until it is released", new Option<string?>("--reason") { Description = "shown with the message", HelpName = "TEXT" }),
        QueueChangeCommand.Build(
            options,
            OperatorVerb.Release,
            "let held mail go, in front of others",
            switches:
            [
                new ChangeSwitch("--rewrite", "rewrite and expand it anew, as mail of channel hold always is", request => request with { Rewrite = true }),
                new ChangeSwitch("--force", "what is rewritten anew goes whatever its Received fields say", request => request with { Force = true }),
            ]),
        QueueChangeCommand.Build(
            options,
            OperatorVerb.Return,
            "give mail up and tell its sender",
            new Option<string?>("--text") { Description = "what the sender is told", HelpName = "TEXT" },
            new ChangeSwitch("--no-dsn", "tell nobody", request => request with { Silent = true })),
        QueueChangeCommand.Build(options, OperatorVerb.Delete, "remove mail and tell nobody"),
        QueueSwitchCommand.Build(options, OperatorVerb.Stop, "stop the deliveries of a channel or to a host; mail is still taken"),
        QueueSwitchCommand.Build(options, OperatorVerb.Start, "start them again"),
    },
    new Command("user", "the embedded directory")
    {
        UserAddCommand.Build(options),
        UserListCommand.Build(options),
    },
};
// "@host:user@domain" is an address here, not the name of a response file.
ParseResult parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });

// An orderly stop takes up to half a minute; the library would end the process after two seconds.
InvocationConfiguration invocation = new() { ProcessTerminationTimeout = PosternHost.StopLimit + TimeSpan.FromSeconds(10), EnableDefaultExceptionHandler = false };
try
{
    int code = await parsed.InvokeAsync(invocation);
    return parsed.Errors.Count > 0 ? ExitCode.Error : code;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(e.Message);
    return e is QueueReadException or ServerUnavailableException ? ExitCode.Unknown : ExitCode.Error;
}
