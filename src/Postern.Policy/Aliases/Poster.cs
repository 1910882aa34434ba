using Postern.Policy.Access;

namespace Postern.Policy.Aliases;

/// <summary>Who posts, as far as the rules of a list may ask.</summary>
/// <param name="Original">the envelope From the client gave; "" is the null reverse-path.</param>
/// <param name="Current">what an outer list put in its place; the same without one.</param>
internal sealed record Poster(SessionFacts Facts, string Original, string Current, EnvelopeTerms Terms);
