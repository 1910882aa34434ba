using System.Collections.Immutable;
using Postern.Smtp.Commands;

namespace Postern.Policy.Access;

/// <summary>What the parameters of MAIL and RCPT say, as far as a decision depends on it or the copies carry it on.</summary>
/// <param name="Size">octets of the message, as announced or, from the queue, as known; null when nobody said.</param>
/// <param name="OriginalRecipient">ORCPT (RFC 3461 §4.2), <c>type;address</c>; null when the client gave none.</param>
/// <param name="Recipients">what earlier recipients of the transaction became, counted.</param>
/// <param name="ShownAs">of a recipient that comes back from the queue: the address that notifications name instead.</param>
/// <param name="Commands">RCPT commands of the transaction, this one included, however they were answered.</param>
public sealed record EnvelopeTerms(long? Size = null, Notify Notify = Notify.None, string? OriginalRecipient = null, int Recipients = 0, string? ShownAs = null, int Commands = 1)
{
    /// <summary>Conversion tags that FROM_ACCESS gave the message (<c>$G</c>).</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    public static EnvelopeTerms None { get; } = new();
}
