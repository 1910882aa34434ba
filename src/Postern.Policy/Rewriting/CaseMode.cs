namespace Postern.Policy.Rewriting;

/// <summary>What happens to the letters of substituted text.</summary>
public enum CaseMode
{
    AsIs,
    Lower,
    Upper,
}
