namespace Postern.Cli.Tests.Harness;

/// <summary>Runs one <c>postern</c> command to its end.</summary>
public static class PosternCommand
{
    public static Task<ProgramResult> RunAsync(params string[] arguments) => RunWithInputAsync(null, arguments);

    public static Task<ProgramResult> RunWithInputAsync(string? input, params string[] arguments) =>
        ExternalProgram.RunAsync("dotnet", [Repository.Program, .. arguments], input);
}
