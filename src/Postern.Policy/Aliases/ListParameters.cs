using System.Collections.Immutable;
using Postern.Smtp.Addresses;
using Postern.Smtp.Headers;

namespace Postern.Policy.Aliases;

/// <summary>What the parameters of an alias or list order (Technical Reference, "Alias file named parameters").</summary>
public sealed record ListParameters
{
    public static ListParameters None { get; } = new();

    /// <summary>Who may post; empty lets anybody.</summary>
    public ImmutableArray<PostingClause> Access { get; init; } = [];

    /// <summary>What a refused poster hears; null is Postern's own text.</summary>
    public string? RejectText { get; init; }

    /// <summary>Where postings of others than moderators go; empty is no moderation.</summary>
    public ImmutableArray<Mailbox> ModeratorAddresses { get; init; } = [];

    /// <summary>Who posts to a moderated list directly; empty is the moderators' addresses alone.</summary>
    public ImmutableArray<PostingClause> Moderators { get; init; } = [];

    /// <summary>Moderators get what <see cref="Access"/> refuses too; with <see cref="Moderators"/> empty they get nothing else.</summary>
    public bool ModeratesRefused { get; init; }

    /// <summary>Postings for which one of these holds are held.</summary>
    public ImmutableArray<PostingClause> Holds { get; init; } = [];

    /// <summary>Postings for which none of these holds are held; empty holds none.</summary>
    public ImmutableArray<PostingClause> HoldsOthers { get; init; } = [];

    /// <summary>Words of which an <c>Approved:</c> field must show one; empty asks for none.</summary>
    public ImmutableArray<string> Passwords { get; init; } = [];

    /// <summary>Blocks of 1024 octets of a posting; null is no limit.</summary>
    public long? BlockLimit { get; init; }

    /// <summary>Lines of a posting; null is no limit.</summary>
    public long? LineLimit { get; init; }

    /// <summary>Null for a group: members' copies keep the sender.</summary>
    public ListSender? Sender { get; init; }

    /// <summary>Changes to the header of the copies: what is taken away, then what is added, then the tag.</summary>
    public ImmutableArray<HeaderEdit> HeaderEdits { get; init; } = [];

    /// <summary>The value of List-Id between its angle brackets; null is derived from the name.</summary>
    public string? ListId { get; init; }

    /// <summary>Delays of members' copies are told to the owner.</summary>
    public bool TellsDelays { get; init; }

    /// <summary>Members are looked up later, by the reprocess channel.</summary>
    public bool Reprocess { get; init; }

    /// <summary>The Received field of the copies names the address that was posted to.</summary>
    public bool ReceivedFor { get; init; } = true;

    /// <summary>The Received field of the copies names the sender.</summary>
    public bool ReceivedFrom { get; init; }

    /// <summary>Recipients in one copy; null is no limit.</summary>
    public int? RecipientsPerCopy { get; init; }

    /// <summary>Something is asked of a posting that only its content can answer.</summary>
    public bool ChecksContent => BlockLimit is not null || LineLimit is not null || !Passwords.IsEmpty;
}
