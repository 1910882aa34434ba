namespace Postern.Mapping.Text;

/// <summary>Where a piece of configuration was written.</summary>
/// <param name="Line">1-based physical line of the first part of a continued line.</param>
public readonly record struct SourcePosition(string File, int Line)
{
    public override string ToString() => $"{File}:{Line}";
}
