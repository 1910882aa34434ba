using System.Text;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>What <c>postern test rewrite</c> prints, word for word: tests/golden/test-rewrite/session.txt.</summary>
public sealed class TestRewriteSessionTests
{
    private static readonly string Site = Path.Combine(Repository.Root, "tests", "golden", "test-rewrite");
    private static readonly IReadOnlyDictionary<string, string> Sessions = Read();

    public static TheoryData<string> Commands => [.. Sessions.Keys];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Command_prints_what_the_session_shows(string command)
    {
        ProgramResult result = await PosternCommand.RunAsync([.. command.Split(' '), "--config", Site]);
        Assert.Equal(Sessions[command], $"{result.Output.ReplaceLineEndings("\n")}= {result.ExitCode}\n");
    }

    /// <summary>A line <c>$ </c> is a command; what follows it up to a line <c>= </c> is its output and exit code.</summary>
    private static Dictionary<string, string> Read()
    {
        Dictionary<string, string> sessions = new(StringComparer.Ordinal);
        string? command = null;
        StringBuilder output = new();
        foreach (string line in File.ReadLines(Path.Combine(Site, "session.txt")))
        {
            if (line.StartsWith("$ ", StringComparison.Ordinal))
            {
                command = line[2..];
                output.Clear();
            }
            else if (command is not null)
            {
                output.Append(line).Append('\n');
                if (!line.StartsWith("= ", StringComparison.Ordinal)) continue;
                sessions.Add(command, output.ToString());
                command = null;
            }
        }

        return sessions;
    }
}
