using System.Collections.Immutable;
using System.Text;

namespace Postern.Cli.Tests.Documents;

/// <summary>
/// An example of a page that a reader may paste into a shell: a fence that opens with <c>```sh runnable</c>, or
/// <c>```sh runnable background</c> when it starts a server that the following blocks talk to.
/// </summary>
/// <param name="Line">1-based line of the opening fence.</param>
public sealed record RunnableBlock(int Line, bool Background, string Commands)
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
            string opening = lines[i].Trim();
            if (opening is not (Mark or $"{Mark} background")) continue;
            int start = i + 1;
            StringBuilder commands = new();
            while (++i < lines.Length && lines[i].Trim() != Fence) commands.Append(lines[i]).Append('\n');
            blocks.Add(new RunnableBlock(start, opening.Length > Mark.Length, commands.ToString()));
        }

        return blocks.ToImmutable();
    }
}
