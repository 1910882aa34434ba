namespace Postern.Mapping.Tables;

/// <summary>What a template does to the letters it puts out.</summary>
public enum LetterCase
{
    Keep,
    Lower,
    Upper,
}
