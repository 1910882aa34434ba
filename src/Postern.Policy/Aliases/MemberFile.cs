using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;

namespace Postern.Policy.Aliases;

/// <summary>
/// The members of a list, one address a line; <c>!</c> in column 1 is a comment, <c>&lt;file</c> reads another file. Read with
/// the configuration and live with it. A file that cannot be read makes the list defer mail, it never makes it unknown.
/// </summary>
internal sealed record MemberFile(ImmutableArray<AliasTarget> Targets, string? Unreadable)
{
    public static MemberFile Read(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics, SourcePosition list)
    {
        if (files.Read(path, out string? fault) is null)
        {
            diagnostics.Add(Diagnostic.Warning(list, $"member file \"{path}\" cannot be read ({fault}); mail for the list is deferred"));
            return new MemberFile([], $"member file cannot be read: {fault}");
        }

        ImmutableArray<AliasTarget>.Builder targets = ImmutableArray.CreateBuilder<AliasTarget>();
        foreach (LogicalLine line in ConfigurationLines.Read(files, path, diagnostics))
        {
            foreach (string item in ItemSplitter.Split(line.Text.Trim()))
            {
                if (item.Length == 0) continue;
                if (AliasLineParser.ParseTarget(item, line.Position, out AliasTarget? target) is { } wrong)
                    diagnostics.Add(Diagnostic.Error(line.Position, wrong));
                else targets.Add(target!);
            }
        }

        return new MemberFile(targets.ToImmutable(), null);
    }
}
