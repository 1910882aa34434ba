namespace Postern.Smtp.Headers;

/// <summary>Where an address stands in the body of a header field.</summary>
/// <param name="Start">octets from the begin of the body.</param>
/// <param name="Length">octets, with comments and folding that stand inside the address.</param>
/// <param name="InAngle">it stands between <c>&lt;</c> and <c>&gt;</c>, so it may have a route.</param>
/// <param name="Text">without comments and folding, as an envelope would carry it.</param>
public readonly record struct AddressSpan(int Start, int Length, bool InAngle, string Text);
