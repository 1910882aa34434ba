namespace Postern.Policy.Configuration;

/// <summary>A file of the initial configuration.</summary>
/// <param name="Name">relative to the configuration directory.</param>
/// <param name="Secret">only its owner may read it.</param>
public sealed record InitialFile(string Name, string Text, bool Secret);
