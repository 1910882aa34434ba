using System.Text.Json;

namespace Postern.Cli.Tests.Harness;

/// <summary>What a program that has ended left behind.</summary>
public sealed record ProgramResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output as one JSON document; anything else fails the test.</summary>
    public JsonElement Json
    {
        get
        {
            using JsonDocument document = JsonDocument.Parse(Output);
            return document.RootElement.Clone();
        }
    }

    /// <summary>Fails the test with everything the program said, unless it ended with this code.</summary>
    public ProgramResult Exits(int code)
    {
        Assert.True(code == ExitCode, $"exit code {ExitCode}, not {code}\n{this}");
        return this;
    }

    public override string ToString() => $"exit code {ExitCode}\n--- output\n{Output}\n--- error\n{Error}";
}
