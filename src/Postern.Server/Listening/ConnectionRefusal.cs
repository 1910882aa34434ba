namespace Postern.Server.Listening;

/// <summary>Which limit of a service one more connection would break.</summary>
public enum ConnectionRefusal
{
    /// <summary>MAX_CONNS.</summary>
    Service,

    /// <summary>MAX_CONNS_PER_IP.</summary>
    Address,

    /// <summary>MAX_CONNS_PER_NETWORK.</summary>
    Network,

    /// <summary>CONNS_PER_MINUTE_PER_IP.</summary>
    Rate,
}
