namespace Postern.Policy.Directories;

/// <summary>A text that no log, diagnostic or debugger may show. Equal secrets are equal values.</summary>
public sealed class Secret(string text) : IEquatable<Secret>
{
    /// <summary>The text itself: for the wire only.</summary>
    public string Reveal() => text;

    public bool Equals(Secret? other) => other is not null && other.Reveal() == text;

    public override bool Equals(object? obj) => Equals(obj as Secret);

    public override int GetHashCode() => text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => "(secret)";
}
