using System.Collections.Immutable;

namespace Postern.Cli.Tests.Documents;

public sealed class RunnableBlockTests
{
    [Fact]
    public void Only_marked_blocks_are_taken()
    {
        ImmutableArray<RunnableBlock> blocks = RunnableBlock.In("""
            # Page
            ```sh
            rm -r /
            ```
            ```sh runnable background
            ./postern serve
            ```
            text
            ```sh runnable
            ./postern check
            ./postern queue list
            ```
            ```sh runnable refused
            ./postern explain zzzz
            ```
            """);
        Assert.Equal(
            [
                new RunnableBlock(5, BlockEnding.Server, "./postern serve\n"),
                new RunnableBlock(9, BlockEnding.Done, "./postern check\n./postern queue list\n"),
                new RunnableBlock(13, BlockEnding.Refused, "./postern explain zzzz\n"),
            ],
            blocks);
    }

    [Fact]
    public void Page_without_examples_has_none() => Assert.Empty(RunnableBlock.In("# Page\n```sh\nls\n```\n"));
}
