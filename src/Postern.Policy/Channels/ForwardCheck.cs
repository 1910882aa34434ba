namespace Postern.Policy.Channels;

/// <summary>What is done with a client's host name that its own address records do not confirm.</summary>
public enum ForwardCheck
{
    /// <summary>Shown as it is; it never chooses a channel.</summary>
    None,

    /// <summary>Shown with <c>*</c> appended.</summary>
    Tag,

    /// <summary>Not shown.</summary>
    Delete,
}
