namespace Postern.Mapping.Text;

/// <summary>A line of a mappings file after its continuations were joined to it.</summary>
public readonly record struct LogicalLine(SourcePosition Position, string Text)
{
    public bool IsBlank => Text.AsSpan().IndexOfAnyExcept(' ', '\t') < 0;

    /// <summary><c>!</c> in column 1; anywhere else it is data.</summary>
    public bool IsComment => Text.StartsWith('!');

    /// <summary><c>&lt;</c> in column 1: the rest names a file read in place.</summary>
    public bool IsInclude => Text.StartsWith('<');

    /// <summary>White space in column 1 and something after it.</summary>
    public bool IsEntry => Text.Length > 0 && Text[0] is ' ' or '\t' && !IsBlank;
}
