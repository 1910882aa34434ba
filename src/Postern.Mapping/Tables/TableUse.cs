namespace Postern.Mapping.Tables;

/// <summary>A table that the server consults by itself.</summary>
/// <param name="Name">compared case-blind.</param>
/// <param name="Flags">the output flags that have a meaning there, for example <c>NYDF</c>; letters case-blind.</param>
public sealed record TableUse(string Name, string Flags);
