using Postern.Mapping.Text;
using Postern.Policy.Channels;

namespace Postern.Policy.Configuration;

/// <summary>What the embedded directory says of a whole domain.</summary>
/// <param name="Domain">as written in the file, with its <c>@</c>.</param>
/// <param name="Key">lower case, A-labels.</param>
/// <param name="SourceChannel">where <c>userswitchchannel</c> moves transactions of its senders to; null for nowhere.</param>
public sealed record DomainEntry(SourcePosition Position, string Domain, string Key, ChannelName? SourceChannel);
