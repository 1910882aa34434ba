using System.Collections.Immutable;
using System.Text;
using System.Text.RegularExpressions;

namespace Postern.Cli.Tests.Harness;

/// <summary>
/// A command and what it prints, word for word. In a file, <c>$ </c> begins a command, with double quotes around words that have blanks; lines with
/// <c>&lt; </c> behind it are its standard input; what follows is the output, and <c>= </c> the exit code. Anything before a command is comment.
/// </summary>
public sealed partial record GoldenSession(string Command, string Input, string Output)
{
    public ImmutableArray<string> Arguments => [.. Word().Matches(Command).Select(m => m.Groups["quoted"].Success ? m.Groups["quoted"].Value : m.Value)];

    /// <summary>Runs the command with that configuration; what differs from run to run is masked on both sides.</summary>
    public async Task HoldsAsync(string configuration)
    {
        ProgramResult result = await PosternCommand.RunWithInputAsync(Input, [.. Arguments, "--config", configuration]);
        Assert.Equal(Output, $"{QueueId().Replace(result.Output.ReplaceLineEndings("\n"), "queued as ID")}= {result.ExitCode}\n");
    }

    public static IEnumerable<GoldenSession> Read(string file)
    {
        string? command = null;
        StringBuilder input = new(), output = new();
        foreach (string line in File.ReadLines(file))
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal))
            {
                command = line[2..];
                input.Clear();
                output.Clear();
            }
            else if (command is not null && output.Length == 0 && line is ['<', ' ', .. var typed])
            {
                input.Append(typed).Append('\n');
            }
            else if (command is not null)
            {
                output.Append(line).Append('\n');
                if (!line.StartsWith("= ", StringComparison.Ordinal)) continue;
                yield return new GoldenSession(command, input.ToString(), output.ToString());
                command = null;
            }
        }
    }

    [GeneratedRegex("(?<!\\S)\"(?<quoted>[^\"]*)\"(?!\\S)|\\S+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Word();

    [GeneratedRegex("queued as [0-9A-Z]+", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex QueueId();
}
