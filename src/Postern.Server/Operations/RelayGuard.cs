using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>A server without the table that blocks relaying is an open relay; it starts only when that is asked for in writing.</summary>
public static class RelayGuard
{
    private const string Table = "ORIG_SEND_ACCESS";

    /// <returns>null when the configuration may be served.</returns>
    public static string? Fault(ConfigurationSnapshot snapshot) =>
        snapshot.Options.AllowOpenRelay || snapshot.Mappings.Find(Table) is not null
            ? null
            : $"there is no table {Table}: this would be an open relay (ALLOW_OPEN_RELAY=1 allows it)";
}
