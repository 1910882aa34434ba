using System.CommandLine;
using Postern.Cli;
using Postern.Cli.Commands;

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
        TestRewriteCommand.Build(options),
    },
    ExplainCommand.Build(options),
    new Command("queue", "the message queue")
    {
        QueueListCommand.Build(options),
        QueueShowCommand.Build(options),
    },
    new Command("user", "the embedded directory")
    {
        UserAddCommand.Build(options),
        UserListCommand.Build(options),
    },
};
ParseResult parsed = root.Parse(args);
int code = await parsed.InvokeAsync();
return parsed.Errors.Count > 0 ? ExitCode.Error : code;
