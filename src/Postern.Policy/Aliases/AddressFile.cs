using System.Collections.Frozen;
using System.Collections.Immutable;
using Postern.Mapping.Text;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Aliases;

/// <summary>
/// A file of addresses: the members of a list, or those who may post to one. One a line, or several with commas; <c>!</c> in
/// column 1 is a comment, <c>&lt;file</c> reads another file. A file that cannot be read makes the list defer mail, it never
/// makes it unknown.
/// </summary>
/// <param name="Unreadable">why the addresses cannot be known now; null when they are.</param>
/// <param name="Paths">the file and those it includes.</param>
public sealed record AddressFile(ImmutableArray<AliasTarget> Targets, string? Unreadable, ImmutableArray<string> Paths)
{
    private readonly FrozenSet<string> _keys = Targets.Select(t => AliasKey.Of(t.Mailbox)).ToFrozenSet(StringComparer.Ordinal);

    /// <summary>Letter case never matters, not even of the local part: people write lists, not mail systems.</summary>
    /// <param name="defaultDomain">of entries without one.</param>
    public bool Contains(Mailbox address, string defaultDomain) =>
        _keys.Contains(AliasKey.Of(address))
        || (address.Domain?.Key == defaultDomain && _keys.Contains(AliasKey.Of(address.Local.Value, domainKey: null)));

    internal static AddressFile Read(ISourceFiles files, string path, ICollection<Diagnostic> diagnostics)
    {
        RecordedFiles recorded = new(files);
        if (recorded.Read(path, out string? fault) is null) return new AddressFile([], $"\"{path}\" cannot be read: {fault}", recorded.Paths);
        ImmutableArray<AliasTarget>.Builder targets = ImmutableArray.CreateBuilder<AliasTarget>();
        foreach (LogicalLine line in ConfigurationLines.Read(recorded, path, diagnostics))
        {
            foreach (string item in ItemSplitter.Split(line.Text.Trim()))
            {
                if (item.Length == 0) continue;
                if (AliasLineParser.ParseTarget(item, line.Position, out AliasTarget? target) is { } wrong) diagnostics.Add(Diagnostic.Error(line.Position, wrong));
                else targets.Add(target!);
            }
        }

        return new AddressFile(targets.ToImmutable(), null, recorded.Paths);
    }
}
