using System.Collections.Immutable;
using Postern.Mapping.Evaluation;

namespace Postern.Policy.Directories;

/// <summary>Whether a domain, user or group takes mail (Schema Reference, "mailUserStatus", "mailDomainStatus", "inetMailGroupStatus").</summary>
public enum EntryStatus
{
    Active,
    Inactive,
    Deleted,
    Removed,
    Disabled,
    Hold,
    OverQuota,
}

/// <summary>Reads the status attributes of an entry.</summary>
internal static class EntryStatuses
{
    /// <summary>In the order in which they are looked at.</summary>
    public static ImmutableArray<string> OfDomain { get; } = ["inetDomainStatus", "mailDomainStatus"];

    public static ImmutableArray<string> OfUser { get; } = ["inetUserStatus", "mailUserStatus"];

    public static ImmutableArray<string> OfGroup { get; } = ["inetGroupStatus", "inetMailGroupStatus"];

    /// <summary>The first that is not active decides; one that is missing is active, one that nobody knows is inactive.</summary>
    public static EntryStatus Of(DirectoryEntry entry, ImmutableArray<string> attributes) =>
        attributes.Select(a => Of(entry.First(a))).FirstOrDefault(s => s != EntryStatus.Active);

    private static EntryStatus Of(string? value) => value?.ToLowerInvariant() switch
    {
        null or "active" => EntryStatus.Active,
        "deleted" => EntryStatus.Deleted,
        "removed" => EntryStatus.Removed,
        "disabled" => EntryStatus.Disabled,
        "hold" => EntryStatus.Hold,
        "overquota" => EntryStatus.OverQuota,
        _ => EntryStatus.Inactive,
    };
}
