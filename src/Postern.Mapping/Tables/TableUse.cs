namespace Postern.Mapping.Tables;

/// <summary>A table that the server consults by itself.</summary>
/// <param name="Name">compared case-blind; of several uses of one table each adds its flags.</param>
/// <param name="Flags">the output flags that do something there, for example <c>NYDF</c>; letters case-blind.</param>
/// <param name="Inert">those that have a meaning there, but do nothing in this release.</param>
/// <param name="Refused">those that are an error: an entry would do something else than its writer means.</param>
public sealed record TableUse(string Name, string Flags, string Inert = "", string Refused = "");
