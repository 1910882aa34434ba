namespace Postern.Policy.Rewriting;

/// <summary>Which part of the local part <c>$U</c> stands for.</summary>
public enum UserPart
{
    Whole,

    /// <summary><c>$0U</c></summary>
    WithoutSubaddress,

    /// <summary><c>$1U</c>, with its plus.</summary>
    Subaddress,
}
