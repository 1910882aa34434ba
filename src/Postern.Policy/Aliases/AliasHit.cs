namespace Postern.Policy.Aliases;

/// <summary>An alias that was found for an address.</summary>
/// <param name="Subaddress">what a <c>+*</c> target carries over, with its <c>+</c>; "" for none.</param>
internal sealed record AliasHit(AliasDefinition Definition, string Subaddress);
