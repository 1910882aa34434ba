using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Policy.Aliases;

/// <summary>A file of patterns for authenticated users, one a line (USERNAME_AUTH_LIST and its like).</summary>
/// <param name="Unreadable">why the patterns cannot be known now; null when they are.</param>
/// <param name="Paths">the file and those it includes.</param>
public sealed record UserPatternFile(ImmutableArray<UserPattern> Patterns, string? Unreadable, ImmutableArray<string> Paths)
{
    internal static UserPatternFile Read(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        RecordedFiles recorded = new(files);
        if (recorded.Read(path, out string? fault) is null) return new UserPatternFile([], $"\"{path}\" cannot be read: {fault}", recorded.Paths);
        ImmutableArray<UserPattern>.Builder patterns = ImmutableArray.CreateBuilder<UserPattern>();
        foreach (LogicalLine line in ConfigurationLines.Read(recorded, path, diagnostics).Where(l => !l.IsBlank))
        {
            if (UserPattern.TryParse(line.Text.Trim(), line.Position, out UserPattern? pattern)) patterns.Add(pattern);
            else diagnostics.Add(Diagnostic.Error(line.Position, $"\"{Printable.Of(line.Text.Trim())}\" is no user name or pattern"));
        }

        return new UserPatternFile(patterns.ToImmutable(), null, recorded.Paths);
    }
}
