namespace Postern.Policy.Channels;

/// <summary>Which forms of <c>name+sub</c> are looked up as aliases (Administration Guide 6.3, ch. 12 "Subaddresses").</summary>
public enum SubaddressUse
{
    /// <summary><c>name+sub</c>, <c>name+*</c>, <c>name</c>.</summary>
    Relaxed,

    /// <summary><c>name+sub</c>, <c>name+*</c>.</summary>
    Wild,

    /// <summary><c>name+sub</c> only.</summary>
    Exact,
}
