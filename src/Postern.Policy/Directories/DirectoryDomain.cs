using System.Collections.Immutable;

namespace Postern.Policy.Directories;

/// <summary>A mail domain of the directory.</summary>
/// <param name="Name">under which it was found: the domain asked for, or one above it; lower case, A-labels.</param>
/// <param name="Canonical">the name its users are known by; <paramref name="Name"/> but for domain aliases.</param>
/// <param name="BaseDn">where its users and groups are.</param>
/// <param name="RoutingHosts">the hosts that serve it; none means this one does.</param>
/// <param name="CatchAll">address that gets what is for nobody, or null.</param>
/// <param name="SourceChannel">where <c>userswitchchannel</c> moves transactions of its senders to, as written, or null.</param>
internal sealed record DirectoryDomain(
    string Name, string Canonical, string EntryDn, string BaseDn, EntryStatus Status, ImmutableArray<string> RoutingHosts, string? CatchAll, string? SourceChannel);
