namespace Postern.Server.Operations;

/// <summary>One service as it runs.</summary>
/// <param name="Endpoints">addresses and ports, for a person.</param>
public sealed record ListenerStatus(string Service, string Channel, string Endpoints, int OpenConnections);
