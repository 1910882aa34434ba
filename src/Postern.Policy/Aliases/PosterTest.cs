using System.Collections.Immutable;
using Postern.Mapping.Patterns;

namespace Postern.Policy.Aliases;

/// <summary>One question about a posting: does this hold for who sends it, or for the way it came?</summary>
/// <param name="About">who is asked about; null where the question is another.</param>
public abstract record PosterTest(PosterIdentity? About = null)
{
    /// <summary>The identity stands in a file of addresses. Entries are literal.</summary>
    public sealed record Listed(string File, PosterIdentity Identity) : PosterTest(Identity);

    /// <summary>The identity is one of the addresses, or what one of the LDAP URLs finds, or a member of a group that is.</summary>
    public sealed record Named(ImmutableArray<string> Values, PosterIdentity Identity) : PosterTest(Identity);

    /// <summary>The domain of the identity matches one of the patterns with <c>*</c> and <c>?</c>.</summary>
    /// <param name="Except">values as of <see cref="Named"/>: for whom it does not hold all the same.</param>
    public sealed record FromDomain(ImmutableArray<string> Patterns, ImmutableArray<string> Except, PosterIdentity Identity) : PosterTest(Identity);

    /// <summary>A file holds a pattern that the authenticated user matches.</summary>
    public sealed record ListedUser(string File) : PosterTest(PosterIdentity.Authenticated);

    /// <summary>A mapping table, asked about the identity, answers with Y or T.</summary>
    public sealed record Mapped(string Table, PosterIdentity Identity) : PosterTest(Identity);

    /// <summary>The posting came in by a channel of that name.</summary>
    public sealed record SourceChannel(Pattern Pattern) : PosterTest;

    /// <summary>The authenticated user matches a pattern.</summary>
    public sealed record User(UserPattern Pattern) : PosterTest(PosterIdentity.Authenticated);

    /// <summary>Nobody authenticated.</summary>
    public sealed record Unauthenticated() : PosterTest(PosterIdentity.Authenticated);

    /// <summary>Holds for everybody: what the list demands cannot be had.</summary>
    public sealed record Anybody : PosterTest;
}
