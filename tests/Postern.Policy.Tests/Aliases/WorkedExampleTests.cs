using System.Globalization;
using Xunit;

namespace Postern.Policy.Tests.Aliases;

/// <summary>The worked examples of aliases, lists, FORWARD, REVERSE and directory stand in the data with their numbers, none missing, and our own beside them.</summary>
public sealed class WorkedExampleTests
{
    private const int Examples = 63;

    /// <summary>The cases of both folders have one form; those of the directory are run with a real one.</summary>
    private static readonly string[] Names =
    [
        .. ((string[])["alias", "directory"])
            .SelectMany(folder => Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "conformance", folder), "*.case"))
            .SelectMany(File.ReadLines)
            .Where(l => l.StartsWith("name: ", StringComparison.Ordinal))
            .Select(l => l["name: ".Length..]),
    ];

    [Fact]
    public void Every_worked_example_is_there() => Assert.Equal(
        Enumerable.Range(1, Examples).Select(i => string.Create(CultureInfo.InvariantCulture, $"E{i:00}")),
        Names.Where(IsExample).Select(n => n[..3]).Distinct().Order(StringComparer.Ordinal));

    [Fact]
    public void Cases_of_our_own_are_many() => Assert.InRange(Names.Count(n => !IsExample(n)), 100, int.MaxValue);

    private static bool IsExample(string name) => name is ['E', >= '0' and <= '9', >= '0' and <= '9', ' ', ..];
}
