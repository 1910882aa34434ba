namespace Postern.Policy.Aliases;

/// <summary>What Postern makes of a list parameter.</summary>
public enum ListParameterSupport
{
    Supported,

    /// <summary>Accepted; it says something that does not arise here.</summary>
    NoEffect,

    /// <summary>Accepted with a warning that it has no effect yet.</summary>
    NotYet,

    /// <summary>A load error: to ignore it could open the list or let out what it keeps in.</summary>
    Refused,
}
