namespace Postern.Policy.Directories;

/// <summary>How an attribute is compared with an assertion value (RFC 4511 §4.5.1.7).</summary>
public enum FilterComparison
{
    Equal,
    AtLeast,
    AtMost,
    Approximate,
}
