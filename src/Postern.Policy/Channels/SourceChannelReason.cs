namespace Postern.Policy.Channels;

/// <summary>What chose the source channel; a later reason replaces an earlier one.</summary>
public enum SourceChannelReason
{
    /// <summary>The service of the listener names it.</summary>
    Listener,

    /// <summary>The client's address, rewritten as a literal, led to it (<c>switchchannel</c>).</summary>
    Address,

    /// <summary>The client's confirmed host name led to it.</summary>
    HostName,

    /// <summary><c>tlsswitchchannel</c>.</summary>
    Tls,

    /// <summary><c>saslswitchchannel</c>.</summary>
    Authentication,

    /// <summary><c>userswitchchannel</c>, for one transaction.</summary>
    Sender,

    /// <summary>The mail did not come from a client: a channel handed it back to the MTA.</summary>
    Requeued,
}
