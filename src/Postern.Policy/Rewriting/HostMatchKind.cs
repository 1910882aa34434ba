namespace Postern.Policy.Rewriting;

/// <summary>What kind of pattern a probe stands for; it decides what <c>$H</c>, <c>$D</c> and <c>$L</c> are.</summary>
internal enum HostMatchKind
{
    /// <summary><c>$*</c>, <c>$%</c>, <c>$!</c>: nothing of the host is explicit text.</summary>
    Any,

    /// <summary>The whole host.</summary>
    Exact,

    /// <summary><c>.dom</c></summary>
    Suffix,

    /// <summary><c>*.dom</c></summary>
    Stars,

    /// <summary><c>[1.2.]</c> or <c>[]</c></summary>
    LiteralPrefix,

    /// <summary>No pattern: here the channel table is asked.</summary>
    ChannelTable,

    /// <summary><c>.</c></summary>
    Dot,
}
