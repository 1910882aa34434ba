using Postern.Mapping.Evaluation;

namespace Postern.Policy.Directories;

/// <summary>A user or group of the directory that mail is for.</summary>
/// <param name="Held">its mail is accepted and kept (status <c>hold</c> of entry or domain).</param>
/// <param name="Subaddress">with its <c>+</c>; "" for none.</param>
internal sealed record DirectoryRecipient(DirectoryEntry Entry, DirectoryDomain Domain, bool IsGroup, bool Held, string Subaddress)
{
    /// <summary>The user's name in the store, without a domain part.</summary>
    public string? Uid => Entry.First("uid") is { Length: > 0 } uid ? uid.Split('@')[0] : null;
}
