namespace Postern.Policy.Aliases;

/// <summary>An entry of the directory on the way of an expansion.</summary>
/// <param name="Aliases">aliases of the file passed before it.</param>
internal readonly record struct PassedEntry(string Name, int Aliases);
