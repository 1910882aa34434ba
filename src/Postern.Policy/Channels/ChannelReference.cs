using Postern.Mapping.Text;

namespace Postern.Policy.Channels;

/// <summary>A channel or pool that an option names.</summary>
internal sealed record ChannelReference(SourcePosition Position, string Option, string Name, bool IsPool);
