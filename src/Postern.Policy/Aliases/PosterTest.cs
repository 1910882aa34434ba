using Postern.Mapping.Patterns;

namespace Postern.Policy.Aliases;

/// <summary>One question about a posting: does this hold for who sends it, or for the way it came?</summary>
public abstract record PosterTest
{
    /// <summary>The identity stands in a file of addresses. Entries are literal.</summary>
    public sealed record Listed(string File, PosterIdentity Identity) : PosterTest;

    /// <summary>A file holds a pattern that the authenticated user matches.</summary>
    public sealed record ListedUser(string File) : PosterTest;

    /// <summary>A mapping table, asked about the identity, answers with Y or T.</summary>
    public sealed record Mapped(string Table, PosterIdentity Identity) : PosterTest;

    /// <summary>The posting came in by a channel of that name.</summary>
    public sealed record SourceChannel(Pattern Pattern) : PosterTest;

    /// <summary>The authenticated user matches a pattern.</summary>
    public sealed record User(UserPattern Pattern) : PosterTest;
}
