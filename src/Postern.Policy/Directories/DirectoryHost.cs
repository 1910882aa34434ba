namespace Postern.Policy.Directories;

/// <summary>A directory server.</summary>
/// <param name="Name">host name or IP address, without brackets.</param>
public readonly record struct DirectoryHost(string Name, int Port)
{
    /// <summary>Nobody stands between us and this server.</summary>
    public bool IsLoopback => Name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(Name, out System.Net.IPAddress? address) && System.Net.IPAddress.IsLoopback(address));

    public override string ToString() => Name.Contains(':', StringComparison.Ordinal) ? $"[{Name}]:{Port}" : $"{Name}:{Port}";
}
