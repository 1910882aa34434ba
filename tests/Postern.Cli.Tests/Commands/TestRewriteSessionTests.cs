using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>What <c>postern test rewrite</c> prints, word for word: tests/golden/test-rewrite/session.txt.</summary>
public sealed class TestRewriteSessionTests
{
    private static readonly string Site = Path.Combine(Repository.Root, "tests", "golden", "test-rewrite");
    private static readonly Dictionary<string, GoldenSession> Sessions = GoldenSession.Read(Path.Combine(Site, "session.txt")).ToDictionary(s => s.Command, StringComparer.Ordinal);

    public static TheoryData<string> Commands => [.. Sessions.Keys];

    [Theory]
    [MemberData(nameof(Commands))]
    public Task Command_prints_what_the_session_shows(string command) => Sessions[command].HoldsAsync(Site);
}
