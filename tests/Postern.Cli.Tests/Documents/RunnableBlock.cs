using System.Collections.Immutable;
using System.Text;

namespace Postern.Cli.Tests.Documents;

/// <summary>
/// An example of a page that a reader may paste into a shell. Its fence opens with <c>```sh runnable</c>, and a word after
/// that says how it ends if not with code 0.
/// </summary>
/// <param name="Line">1-based line of the opening fence.</param>
public sealed record RunnableBlock(int Line, RunnableBlock.Ending End, string Commands)
{
    private const string Fence = "```";
    private const string Mark = "```sh runnable";

    public enum Ending
    {
        /// <summary>Every command ends with code 0.</summary>
        Done,

        /// <summary><c>refused</c>: the last command is answered with no, and so ends with another code than 0.</summary>
        Refused,

        /// <summary><c>background</c>: the one command is a server, which the following blocks talk to.</summary>
        Server,
    }

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

    private static Ending? EndingOf(string opening) => opening switch
    {
        Mark => Ending.Done,
        $"{Mark} refused" => Ending.Refused,
        $"{Mark} background" => Ending.Server,
        _ => null,
    };
}
