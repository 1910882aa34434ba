namespace Postern.Smtp.Session;

/// <summary>What a peer may say of the clients behind it (dispatcher.cnf).</summary>
[Flags]
public enum PeerRights
{
    None = 0,

    /// <summary>XCLIENT: the session becomes that of another client.</summary>
    Client = 1,

    /// <summary>XCLIENT with LOGIN: of another user, too.</summary>
    Login = 2,

    /// <summary>XFORWARD: the log tells of another client.</summary>
    Forward = 4,
}
