namespace Postern.Policy.Rewriting;

/// <summary>Where in an address its first host stands (<c>$S $A $P $X</c>).</summary>
[Flags]
public enum HostLocation
{
    None = 0,

    /// <summary>In the source route.</summary>
    Route = 1,

    /// <summary>Right of the <c>@</c>.</summary>
    At = 2,

    /// <summary>Right of a <c>%</c> in a local part without domain.</summary>
    Percent = 4,

    /// <summary>Left of a <c>!</c> in a local part without domain.</summary>
    Bang = 8,
}
