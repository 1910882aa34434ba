namespace Postern.Policy.Channels;

/// <summary>A host name that routes to a channel.</summary>
/// <param name="Name">as written; compared by its lower-case form.</param>
/// <param name="ProperName">what an envelope recipient at this host is changed to; the official host for a mere synonym.</param>
public sealed record ChannelHost(ChannelDefinition Channel, string Name, string ProperName);
