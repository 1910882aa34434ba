namespace Postern.Policy.Channels;

/// <summary>When the postmaster gets a copy of a notification (<c>…sendpost</c>, <c>…warnpost</c>).</summary>
public enum PostmasterCopy
{
    Never,

    Always,

    /// <summary>Unless the sender is the null reverse-path.</summary>
    UnlessNullSender,

    /// <summary>Only when the sender cannot be told.</summary>
    WhenNotReturnable,
}
