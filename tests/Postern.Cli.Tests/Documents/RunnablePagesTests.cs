using System.Collections.Immutable;
using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Documents;

/// <summary>
/// The examples of the pages do what they say: the runnable blocks of a page are run one after the other in an empty directory
/// in which <c>./postern</c>, also found as <c>postern</c>, is the one of this working copy, and end as they are marked. A server must
/// announce its listeners.
/// </summary>
[Collection(DefaultPorts.Name)]
public sealed class RunnablePagesTests
{
    public static TheoryData<string> WithExamples => [.. Pages.All.Where(page => !RunnableBlock.In(Pages.Read(page)).IsEmpty)];

    [Fact]
    public void Readme_and_the_pages_for_administrators_have_examples() =>
        Assert.Subset(WithExamples.Select(p => p.Data).ToHashSet(StringComparer.Ordinal), new HashSet<string>(["README.md", "docs/mapping.md", "docs/relaying.md", "docs/routing.md", "docs/running.md"], StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(WithExamples))]
    public async Task Runnable_blocks_run(string page)
    {
        ImmutableArray<RunnableBlock> blocks = RunnableBlock.In(Pages.Read(page));
        using TemporaryDirectory directory = new();
        string program = directory.Combine("postern");
        await File.WriteAllTextAsync(program, $"#!/bin/sh\nexec '{Path.Combine(Repository.Root, "postern")}' \"$@\"\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (blocks.Any(b => b.End == BlockEnding.Server)) await DefaultPorts.AreFreeAsync();
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

                string commands = $"PATH=\"$PWD:$PATH\"\n{block.Commands}";
                ProgramResult result = await ExternalProgram.RunAsync("bash", ["-euo", "pipefail", "-c", commands], directory: directory.Root);
                Assert.True(result.ExitCode == 0 == (block.End == BlockEnding.Done), $"{page}:{block.Line}\n{block.Commands}\n{result}");
            }
        }
        finally
        {
            foreach (PosternProcess server in servers) await server.DisposeAsync();
        }
    }
}
