using System.Collections.Immutable;
using Postern.Mapping.Text;

namespace Postern.Policy.Aliases;

/// <summary>One alias, group or list. It is a list when it sets the envelope From of its members' copies.</summary>
/// <param name="Name">as written, for people.</param>
/// <param name="Key">canonical: lower case, domain as A-label; what look-ups compare.</param>
/// <param name="EnvelopeFrom">the new envelope From; null keeps the sender's; "/" keeps it too, but makes this a list.</param>
/// <param name="Unreadable">why the members cannot be known now (a member file is missing); such an alias defers mail.</param>
public sealed record AliasDefinition(
    SourcePosition Position,
    string Name,
    string Key,
    ImmutableArray<AliasTarget> Targets,
    string? EnvelopeFrom = null,
    string? Unreadable = null)
{
    public bool IsList => EnvelopeFrom is not null;
}
