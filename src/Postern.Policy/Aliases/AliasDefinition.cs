using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>One alias, group or list. It is a list when it sets the envelope From of its members' copies.</summary>
/// <param name="Name">as written, for people.</param>
/// <param name="Key">canonical: lower case, domain as A-label; what look-ups compare.</param>
/// <param name="Targets">as written in the alias file; empty when the members stand in a file of their own.</param>
/// <param name="MemberFile">the file of the members; its content is in <see cref="AliasTable.Addresses"/>, which may be read again.</param>
public sealed record AliasDefinition(
    SourcePosition Position,
    string Name,
    string Key,
    ImmutableArray<AliasTarget> Targets,
    string? MemberFile,
    ListParameters Parameters)
{
    public bool IsList => Parameters.Sender is not null;
}
