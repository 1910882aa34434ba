using System.Collections.Immutable;
using System.Text;

namespace Postern.Cli.Tests.Documents;

/// <summary>
/// An example of a page that a reader may paste into a shell. Its fence opens with <c>```sh runnable</c>, and a word after
/// that says how it ends if not with code 0.
/// </summary>
/// <param name="Line">1-based line of the opening fence.</param>
public sealed record RunnableBlock(int Line, BlockEnding End, string Commands)
{
    private const string Fence = "```";
    private const string Mark = "```sh runnable";

    /// <summary>The blocks of a page in order. A block without a closing fence ends with the page.</summary>
    public static ImmutableArray<RunnableBlock> In(string page)
    {
        ImmutableArray<RunnableBlock>.Builder blocks = ImmutableArray.CreateBuilder<RunnableBlock>();
        string[] lines = page.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (EndingOf(lines[i].Trim()) is not { } ending) continue;
            int line = i + 1;
            StringBuilder commands = new();
            while (++i < lines.Length && lines[i].Trim() != Fence) commands.Append(lines[i]).Append('\n');
            blocks.Add(new RunnableBlock(line, ending, commands.ToString()));
        }

        return blocks.ToImmutable();
    }

    private static BlockEnding? EndingOf(string opening) => opening switch
    {
        Mark => BlockEnding.Done,
        $"{Mark} refused" => BlockEnding.Refused,
        $"{Mark} background" => BlockEnding.Server,
        _ => null,
    };
}
