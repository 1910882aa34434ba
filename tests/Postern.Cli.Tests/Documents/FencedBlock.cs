using System.Collections.Immutable;

namespace Postern.Cli.Tests.Documents;

/// <summary>A fenced block of a page.</summary>
/// <param name="Line">1-based line of the opening fence.</param>
/// <param name="Kind">what stands behind the fence, such as <c>mapping</c>.</param>
public sealed record FencedBlock(int Line, string Kind, ImmutableArray<string> Lines)
{
    private const string Fence = "```";

    public string Text => string.Concat(Lines.Select(l => $"{l}\n"));

    /// <summary>The blocks of a page in order.</summary>
    public static IEnumerable<FencedBlock> In(string page)
    {
        string[] lines = page.ReplaceLineEndings("\n").Split('\n');
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith(Fence, StringComparison.Ordinal)) continue;
            int open = i;
            while (++i < lines.Length && lines[i] != Fence)
            {
                // Only looks for the end.
            }

            yield return new FencedBlock(open + 1, lines[open][Fence.Length..].Trim(), [.. lines[(open + 1)..Math.Min(i, lines.Length)]]);
        }
    }
}
