using System.Collections.Immutable;
using System.Net;

namespace Postern.Policy.Configuration;

/// <summary>What the administrator chooses when the initial configuration is written.</summary>
public sealed record InitialConfigurationChoices
{
    /// <summary>Domains we take mail for; the first one is the default domain.</summary>
    public required ImmutableArray<string> Domains { get; init; }

    /// <summary>Our own full name.</summary>
    public required string HostName { get; init; }

    /// <summary>Addresses or networks (CIDR) whose clients may relay.</summary>
    public ImmutableArray<string> Internal { get; init; } = [];

    /// <summary>Domains of hosts behind us.</summary>
    public ImmutableArray<string> InternalDomains { get; init; } = [];

    /// <summary>Takes all mail to the outside; an IP address stands without brackets.</summary>
    public (string Host, int Port)? RelayHost { get; init; }

    public int Port { get; init; } = 2525;

    public int SubmissionPort { get; init; } = 5587;

    /// <summary>Submission with TLS from the first octet.</summary>
    public int SubmissionsPort { get; init; } = 5465;

    public int ConsolePort { get; init; } = 8025;

    public string? StoreDirectory { get; init; }

    /// <summary>Addresses of this machine that others reach it by.</summary>
    public ImmutableArray<IPAddress> OwnAddresses { get; init; } = [];
}
