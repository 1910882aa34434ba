using System.Collections.Immutable;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>Whether somebody may write to a group.</summary>
internal abstract record GroupPostingAnswer
{
    private GroupPostingAnswer()
    {
    }

    public sealed record Allowed : GroupPostingAnswer;

    /// <param name="Text">for the sender.</param>
    /// <param name="Why">for the explanation.</param>
    public sealed record Refused(string Text, string Why) : GroupPostingAnswer;

    /// <summary>The moderators get it instead of the members, unchanged.</summary>
    public sealed record ToModerators(ImmutableArray<Mailbox> Moderators) : GroupPostingAnswer;

    /// <summary>Cannot tell now.</summary>
    public sealed record Unavailable(DirectoryTrouble Trouble) : GroupPostingAnswer;
}
