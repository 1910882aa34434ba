namespace Postern.Policy.Directories;

/// <summary>How far below its base a search looks (RFC 4511 §4.5.1.2); the numbers are those of the protocol.</summary>
public enum SearchScope
{
    Base = 0,
    OneLevel = 1,
    Subtree = 2,
}
