using System.Net;

namespace Postern.Cli.Tests.Harness;

/// <summary>Where test clients come from. The initial configuration lists 127.0.0.1 and ::1 as internal; the test sites add one address.</summary>
public static class Client
{
    /// <summary>A stranger.</summary>
    public static IPAddress Outsider { get; } = IPAddress.Parse("127.0.0.7");

    /// <summary>Listed in INTERNAL_IP of every test site.</summary>
    public static IPAddress Internal { get; } = IPAddress.Parse("127.0.0.8");
}
