using Postern.Policy.Channels;

namespace Postern.Policy.Access;

/// <summary>A queued copy as DEQUEUE_ACCESS sees it.</summary>
/// <param name="Id">of the message in the queue; the ancestor has a file name there.</param>
/// <param name="Age">since the message was received.</param>
/// <param name="AuthenticatedUser">who submitted it; null when nobody logged in.</param>
/// <param name="Host">the next hop.</param>
public sealed record DequeuedCopy(ChannelName Channel, string Id, TimeSpan Age, string ReversePath, string? AuthenticatedUser, string Host);
