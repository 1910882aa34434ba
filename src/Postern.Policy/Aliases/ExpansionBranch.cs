using System.Collections.Immutable;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Policy.Aliases;

/// <summary>Where in the tree of aliases the walk stands.</summary>
/// <param name="From">envelope From for what is below.</param>
/// <param name="Original">what the sender, or the list above, called this recipient.</param>
/// <param name="OriginalRecipient">ORCPT of the client, as far as it holds here.</param>
internal sealed record ExpansionBranch(string From, Mailbox Original, string? OriginalRecipient, Notify Notify)
{
    public ImmutableArray<AliasDefinition> Path { get; init; } = [];

    /// <summary>The entries of the directory on the way here.</summary>
    public ImmutableArray<PassedEntry> Entries { get; init; } = [];

    public int Depth => Path.Length + Entries.Length;

    /// <summary>The address came out of FORWARD, not out of the alias at the end of the path.</summary>
    public bool IsForwarded { get; init; }

    public int Restarts { get; init; }

    public bool SkipsForward { get; init; }

    public string? ShownAs { get; init; }

    public string? HoldReason { get; init; }

    public ListPath? Lists { get; init; }

    /// <summary>The owner of the list above, without a member's name in it; null without one.</summary>
    public string? Owner { get; init; }

    public bool IsOurs => Depth > 0 || Restarts > 0;
}
