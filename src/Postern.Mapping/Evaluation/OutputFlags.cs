using Postern.Mapping.Patterns;

namespace Postern.Mapping.Evaluation;

/// <summary>The flags a template set: letters (kept in upper case) and <c>&lt; &gt; , !</c>, each once, in the order met.</summary>
public readonly record struct OutputFlags
{
    private readonly string? _letters;

    private OutputFlags(string letters) => _letters = letters;

    public static OutputFlags None => default;

    public bool IsEmpty => string.IsNullOrEmpty(_letters);

    public bool Has(char flag) => _letters is not null && _letters.Contains(AsciiCase.Upper(flag), StringComparison.Ordinal);

    public OutputFlags With(char flag) => Has(flag) ? this : new OutputFlags(_letters + AsciiCase.Upper(flag));

    /// <summary>The flags without separator, for example <c>ND</c>.</summary>
    public override string ToString() => _letters ?? "";
}
