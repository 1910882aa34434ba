using System.Net;

namespace Postern.Policy.Access;

/// <summary>
/// What is known of a connection when it is accepted. IPv4-mapped IPv6 addresses have already been reduced to IPv4.
/// </summary>
/// <param name="Client">null when mail does not come by TCP (tests, pipes).</param>
/// <param name="Service">the service name of dispatcher.cnf; it names the initial channel.</param>
public sealed record ClientConnection(IPAddress? Client, int ClientPort, IPAddress? Server, int ServerPort, string Service)
{
    /// <summary>The PORT_ACCESS probe; also the port-info of later probes. "" without TCP.</summary>
    public string PortInformation => Client is null ? "" : $"TCP|{Server}|{ServerPort}|{Client}|{ClientPort}";
}
