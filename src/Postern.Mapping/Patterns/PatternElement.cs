namespace Postern.Mapping.Patterns;

/// <summary>One piece of a pattern, in the order of writing.</summary>
public abstract record PatternElement
{
    private PatternElement()
    {
    }

    /// <summary>Whether the text it matched becomes a numbered field (<c>$0</c>, <c>$1</c>, …).</summary>
    public virtual bool Saved => false;

    /// <summary>Text that stands for itself, compared case-blind.</summary>
    public sealed record Literal(string Text) : PatternElement;

    /// <summary>Exactly one character of the set: <c>%</c>, <c>$D%</c>, <c>$[abc]%</c>.</summary>
    public sealed record One(CharacterSet Set, bool Save) : PatternElement
    {
        public override bool Saved => Save;
    }

    /// <summary>Any run of characters of the set, the empty one included: <c>*</c>, <c>$D*</c>, <c>$_*</c>.</summary>
    /// <param name="Lazy">the shortest run is tried first, not the longest.</param>
    public sealed record Many(CharacterSet Set, bool Lazy, bool Save) : PatternElement
    {
        public override bool Saved => Save;
    }

    /// <summary>The text of an earlier field again, compared case-blind: <c>$0*</c>.</summary>
    /// <param name="Field">0-9, always the number of a field saved further left.</param>
    public sealed record BackMatch(int Field, bool Save) : PatternElement
    {
        public override bool Saved => Save;
    }

    /// <summary>An IPv4 address of the network: <c>$(10.0.0.0/8)</c> or <c>$&lt;10.0.0.0/24&gt;</c>.</summary>
    /// <param name="Network">masked.</param>
    public sealed record Network4(uint Network, uint Mask, bool Save) : PatternElement
    {
        public override bool Saved => Save;
    }

    /// <summary>An IPv6 address of the network: <c>${2001:db8::/32}</c>.</summary>
    /// <param name="Network">masked.</param>
    public sealed record Network6(UInt128 Network, UInt128 Mask, bool Save) : PatternElement
    {
        public override bool Saved => Save;
    }
}
