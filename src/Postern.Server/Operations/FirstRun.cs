using System.Collections.Immutable;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using Postern.Policy.Configuration;

namespace Postern.Server.Operations;

/// <summary>Writes the initial configuration into a directory that has none.</summary>
public static class FirstRun
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <returns>false and one line why, when the directory is not empty or cannot be written.</returns>
    public static bool TryWrite(string directory, InitialConfigurationChoices choices, out string? fault)
    {
        try
        {
            if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
            {
                fault = $"{directory} is not empty; nothing was written";
                return false;
            }

            DataDirectory.Make(directory);
            foreach (InitialFile file in InitialConfiguration.Write(choices))
            {
                using FileStream stream = new(System.IO.Path.Combine(directory, file.Name), new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    UnixCreateMode = file.Secret ? Private : Private | UnixFileMode.GroupRead,
                });
                using StreamWriter writer = new(stream);
                writer.Write(file.Text);
            }

            fault = null;
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            fault = $"cannot write {directory}: {e.Message}";
            return false;
        }
    }

    /// <summary>Addresses of this machine's interfaces, loopback and link-local ones left out.</summary>
    public static ImmutableArray<IPAddress> OwnAddresses() =>
    [
        .. NetworkInterface.GetAllNetworkInterfaces()
            .Where(i => i.OperationalStatus == OperationalStatus.Up)
            .SelectMany(i => i.GetIPProperties().UnicastAddresses)
            .Select(a => a.Address)
            .Where(a => !IPAddress.IsLoopback(a) && !a.IsIPv6LinkLocal && a.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6)
            .Distinct(),
    ];

    /// <summary>The choices of <c>postern serve</c> without a configuration: this host's name, nothing internal but itself.</summary>
    public static InitialConfigurationChoices Choices()
    {
        string machine = System.Net.Dns.GetHostName().ToLowerInvariant();
        string name = machine.Contains('.', StringComparison.Ordinal) ? machine : $"{machine}.localdomain";
        return new InitialConfigurationChoices { Domains = [name], HostName = $"mail.{name}", OwnAddresses = OwnAddresses() };
    }
}
