using System.Collections.Immutable;

namespace Postern.Queue;

/// <summary>The recipients of a new message that leave by one channel with one envelope From.</summary>
/// <param name="Channel">destination channel.</param>
/// <param name="HeaderBlock">put in front of the content at delivery; whole lines with CRLF, may be empty. One that ends with an empty line is a whole header and takes the place of the content's own.</param>
/// <param name="HoldReason">not null: the recipients start as held.</param>
public sealed record NewCopy(
    string Channel,
    string ReversePath,
    ReadOnlyMemory<byte> HeaderBlock,
    string? HoldReason,
    ImmutableArray<NewRecipient> Recipients);
