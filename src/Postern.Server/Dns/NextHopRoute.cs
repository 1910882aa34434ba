using System.Collections.Immutable;
using System.Net;
using Postern.Smtp.Replies;

namespace Postern.Server.Dns;

/// <summary>Where mail for a host goes, or why it cannot go now or ever (RFC 5321 §5).</summary>
public abstract record NextHopRoute
{
    /// <param name="Targets">in the order in which they are tried.</param>
    public sealed record Found(ImmutableArray<NextHopTarget> Targets) : NextHopRoute;

    public sealed record Unroutable(EnhancedCode Status, string Reason) : NextHopRoute;
}

/// <summary>One address to connect to.</summary>
/// <param name="Name">the mail exchanger's name, for TLS and the log.</param>
public sealed record NextHopTarget(string Name, IPAddress Address, int Port)
{
    /// <summary>A socket file of this machine, which is then connected to instead (LMTP).</summary>
    public string? SocketFile { get; init; }

    public override string ToString() => SocketFile ?? $"{Name} [{Address}]:{Port}";
}
