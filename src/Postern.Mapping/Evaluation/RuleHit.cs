using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Mapping.Evaluation;

/// <summary>The entry that decided; leads to file, line, pattern and template.</summary>
public readonly record struct RuleHit(MappingTable Table, MappingEntry Entry)
{
    public SourcePosition Position => Entry.Position;
}
