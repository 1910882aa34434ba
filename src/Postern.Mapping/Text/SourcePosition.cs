namespace Postern.Mapping.Text;

/// <summary>Where a piece of configuration was written.</summary>
/// <param name="File">or the name of the directory entry.</param>
/// <param name="Line">1-based physical line of the first part of a continued line; 0 for the whole.</param>
public readonly record struct SourcePosition(string File, int Line)
{
    public override string ToString() => Line > 0 ? $"{File}:{Line}" : File;
}
