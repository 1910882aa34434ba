using Postern.Cli.Tests.Harness;

namespace Postern.Cli.Tests.Commands;

/// <summary>Typical decisions as <c>postern explain</c> tells them, and whole typed sessions, word for word: tests/golden/explain and tests/golden/test-session.</summary>
public sealed class DecisionGoldenTests
{
    private static readonly string Golden = Path.Combine(Repository.Root, "tests", "golden");
    private static readonly string Site = Path.Combine(Golden, "explain", "site");

    public static TheoryData<string> Explained => FilesOf("explain");

    public static TheoryData<string> Typed => FilesOf("test-session");

    [Fact]
    public void There_are_ten_typical_decisions() => Assert.True(Explained.Count >= 10);

    [Theory]
    [MemberData(nameof(Explained))]
    public Task Decision_is_told_word_for_word(string name) => HoldsAsync("explain", name);

    [Theory]
    [MemberData(nameof(Typed))]
    public Task Session_goes_word_for_word(string name) => HoldsAsync("test-session", name);

    private static TheoryData<string> FilesOf(string folder) => [.. Directory.EnumerateFiles(Path.Combine(Golden, folder), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal)];

    private static async Task HoldsAsync(string folder, string name)
    {
        GoldenSession[] sessions = [.. GoldenSession.Read(Path.Combine(Golden, folder, $"{name}.txt"))];
        Assert.NotEmpty(sessions);
        foreach (GoldenSession session in sessions) await session.HoldsAsync(Site);
    }
}
