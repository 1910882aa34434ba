using Postern.Mapping.Text;

namespace Postern.Policy.Channels;

/// <summary>A further host name of a channel block.</summary>
/// <param name="ProperName">null for a mere synonym of the official host.</param>
public readonly record struct HostLine(SourcePosition Position, string Name, string? ProperName);
