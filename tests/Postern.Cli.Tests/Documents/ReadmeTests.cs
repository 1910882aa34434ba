using System.Collections.Immutable;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Documents;

/// <summary>
/// The examples of the README do what they say: its runnable blocks are run one after the other in an empty directory
/// in which <c>./postern</c> is the one of this working copy, and end as they are marked. A server must announce its listeners.
/// </summary>
[Collection(DefaultPorts.Name)]
public sealed class ReadmeTests
{
    [Fact]
    public async Task Runnable_blocks_run()
    {
        string page = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "README.md"), TestContext.Current.CancellationToken);
        ImmutableArray<RunnableBlock> blocks = RunnableBlock.In(page);
        Assert.NotEmpty(blocks);

        using TemporaryDirectory directory = new();
        string program = directory.Combine("postern");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec '{Path.Combine(Repository.Root, "postern")}' \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await DefaultPorts.AreFreeAsync();
        List<PosternProcess> servers = [];
        try
        {
            foreach (RunnableBlock block in blocks)
            {
                if (block.End == BlockEnding.Server)
                {
                    servers.Add(await PosternProcess.StartAsync("bash", ["-euc", $"exec {block.Commands}"], directory.Root, DefaultPorts.Smtp));
                    continue;
                }

                ProgramResult result = await ExternalProgram.RunAsync("bash", ["-euo", "pipefail", "-c", block.Commands], directory: directory.Root);
                Assert.True(result.ExitCode == 0 == (block.End == BlockEnding.Done), $"README.md:{block.Line}\n{block.Commands}\n{result}");
            }
        }
        finally
        {
            foreach (PosternProcess server in servers) await server.DisposeAsync();
        }
    }
}
