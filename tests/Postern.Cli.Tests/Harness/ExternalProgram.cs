using System.Diagnostics;

namespace Postern.Cli.Tests.Harness;

/// <summary>Starts programs of this machine: Postern itself, swaks, a shell.</summary>
public static class ExternalProgram
{
    /// <param name="input">standard input; null is an empty one.</param>
    public static async Task<ProgramResult> RunAsync(string file, IEnumerable<string> arguments, string? input = null, string? directory = null)
    {
        using Process process = Start(file, arguments, directory);
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        try
        {
            await process.StandardInput.WriteAsync(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A program that ends without reading its input is judged by its exit code.
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new ProgramResult(process.ExitCode, await output, await error);
    }

    /// <summary>Starts a program with all three streams redirected.</summary>
    public static Process Start(string file, IEnumerable<string> arguments, string? directory = null)
    {
        ProcessStartInfo start = new(file, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "",
        };

        // The surroundings of the test run must not configure the server under test.
        foreach (string name in start.Environment.Keys.Where(n => n.StartsWith("POSTERN_", StringComparison.OrdinalIgnoreCase)).ToArray())
            start.Environment.Remove(name);
        return Process.Start(start) ?? throw new InvalidOperationException($"cannot start {file}");
    }
}
