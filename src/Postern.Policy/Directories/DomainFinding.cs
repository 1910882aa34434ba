namespace Postern.Policy.Directories;

/// <summary>What the directory says of a domain.</summary>
internal abstract record DomainFinding
{
    private DomainFinding()
    {
    }

    /// <summary>It is none of the directory's.</summary>
    public sealed record None : DomainFinding;

    /// <summary>Cannot tell now.</summary>
    public sealed record Unavailable(DirectoryTrouble Trouble) : DomainFinding;

    public sealed record Found(DirectoryDomain Domain) : DomainFinding;
}
