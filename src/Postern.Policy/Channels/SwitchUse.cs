namespace Postern.Policy.Channels;

/// <summary>Whether sessions may be moved from or to a channel by the client's address or name.</summary>
public enum SwitchUse
{
    /// <summary><c>allowswitchchannel</c>, the built-in default: a target, but no origin.</summary>
    Allow,

    /// <summary><c>switchchannel</c>: origin and target.</summary>
    Switch,

    /// <summary><c>noswitchchannel</c>: neither.</summary>
    No,
}
