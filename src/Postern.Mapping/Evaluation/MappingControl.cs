namespace Postern.Mapping.Evaluation;

/// <summary>Where the search goes after an entry (Administration Guide 6.3, "Processing Control").</summary>
public enum MappingControl
{
    /// <summary>The mapping ends.</summary>
    None,

    /// <summary><c>$C</c>: on with the next entry.</summary>
    Continue,

    /// <summary><c>$L</c>: on with the next entry, and once more from the top if none matches.</summary>
    Loop,

    /// <summary><c>$R</c>: again from the top.</summary>
    Restart,

    /// <summary><c>$E</c>: the mapping ends, whatever an earlier flag of the template said.</summary>
    End,
}
