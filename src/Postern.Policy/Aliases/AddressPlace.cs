namespace Postern.Policy.Aliases;

/// <summary>Where an address that may be reversed stands.</summary>
/// <param name="Envelope">the envelope From; else a header.</param>
/// <param name="Forward">it points to a recipient (To, Cc); else to a sender (From, Reply-To).</param>
/// <param name="MessageId">it is the right side of a message id.</param>
public readonly record struct AddressPlace(bool Envelope, bool Forward, bool MessageId = false)
{
    public static AddressPlace EnvelopeFrom { get; } = new(Envelope: true, Forward: false);
}
