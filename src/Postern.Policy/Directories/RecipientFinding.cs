using Postern.Policy.Aliases;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Directories;

/// <summary>What the directory says of a recipient.</summary>
internal abstract record RecipientFinding
{
    private RecipientFinding()
    {
    }

    /// <summary>The directory has no such address; the next source is asked.</summary>
    public sealed record None : RecipientFinding;

    /// <summary>It has, and mail for it cannot be taken (now).</summary>
    /// <param name="Why">for the explanation.</param>
    public sealed record Refused(ExpansionFault Fault, string Why) : RecipientFinding;

    /// <summary>Another host serves this domain or user.</summary>
    public sealed record Elsewhere(string Host) : RecipientFinding;

    /// <summary>The domain's catch-all takes it.</summary>
    public sealed record CatchAll(string EntryDn, Mailbox Target) : RecipientFinding;

    public sealed record Found(DirectoryRecipient Recipient) : RecipientFinding;
}
