namespace Postern.Policy.Channels;

/// <summary>What Postern makes of a channel option.</summary>
public enum ChannelOptionSupport
{
    Supported,

    /// <summary>Parsed, with a warning that it has no effect yet.</summary>
    NotYet,

    /// <summary>Parsed, so that a configuration of the ancestor loads; all of them share one warning.</summary>
    Ignored,
}
