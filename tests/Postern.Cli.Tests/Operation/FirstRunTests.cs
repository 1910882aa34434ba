using Postern.Cli.Tests.Fixtures;
using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Operation;

/// <summary><c>./postern serve</c> with nothing but a working copy and an empty directory.</summary>
[Collection(DefaultPorts.Name)]
public sealed class FirstRunTests
{
    private const string Hint = "try: ";

    [Fact]
    public async Task Serve_writes_a_configuration_and_prints_a_command_that_works()
    {
        using TemporaryDirectory directory = new();
        await DefaultPorts.AreFreeAsync();
        await using PosternProcess server = await PosternProcess.StartAsync(
            Path.Combine(Repository.Root, "postern"), ["serve"], directory.Root, DefaultPorts.Smtp);

        // It is the last line of the announcement, so the rest has been printed when it is there.
        string hint = await Eventually.FindsAsync("a line to try is printed", () =>
            server.Printed.Output.FirstOrDefault(l => l.Contains(Hint, StringComparison.Ordinal)));
        string printed = string.Join('\n', server.Printed.Output);
        string configuration = directory.Combine("postern.d");
        Assert.Contains(configuration, printed, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(configuration, "postern.cnf")));
        foreach (int port in DefaultPorts.All) Assert.Contains($"{port}", printed, StringComparison.Ordinal);
        string command = hint[(hint.IndexOf(Hint, StringComparison.Ordinal) + Hint.Length)..];
        (await ExternalProgram.RunAsync("bash", ["-c", command], directory: directory.Root)).Exits(0);
        Assert.Equal(0, await server.StopAsync());
    }
}
