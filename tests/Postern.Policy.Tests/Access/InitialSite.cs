using System.Net;
using Postern.Policy.Configuration;

namespace Postern.Policy.Tests.Access;

/// <summary>The initial configuration, filled in for the site of the worked cases: host mta.example.com, hosts below corp.example.com behind it.</summary>
internal static class InitialSite
{
    public static SiteFiles Files { get; } = Build();

    private static SiteFiles Build()
    {
        InitialConfigurationChoices choices = new()
        {
            Domains = ["example.com", "example.net"],
            HostName = "mta.example.com",
            Internal = ["10.0.0.0/8", "2001:db8:1::/48"],
            InternalDomains = ["corp.example.com"],
            OwnAddresses = [IPAddress.Parse("192.0.2.25")],
        };
        Dictionary<string, string> files = InitialConfiguration.Write(choices).ToDictionary(f => f.Name, f => f.Text, StringComparer.Ordinal);
        files["users"] = files.GetValueOrDefault("users", "") + "bob@example.com *\nann@example.net *\n";
        return new SiteFiles(files);
    }
}
