using System.Net;
using Postern.Policy.Access;
using Postern.Policy.Configuration;

namespace Postern.Cli.Commands;

/// <summary>A session that only exists on the command line, described by what policy may know of it.</summary>
/// <param name="Port">names the listener with that port; null is the service <c>smtp</c>.</param>
internal sealed record Imagined(string Ip, int? Port, bool Tls, string? User, string Helo)
{
    /// <summary>Walks the session through connect, TLS and AUTH, as the live server would.</summary>
    public SessionFacts? Facts(MailPolicy policy, out string? fault)
    {
        if (!IPAddress.TryParse(Ip, out IPAddress? address))
        {
            fault = $"\"{Ip}\" is no IP address";
            return null;
        }

        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (FindListener(policy.Snapshot, Port) is not var (listener, port))
        {
            fault = $"no listener has port {Port}";
            return null;
        }

        fault = null;
        ClientConnection connection = new(address, 49152, IPAddress.Loopback, port, listener.Service);
        SessionFacts facts = new(connection, policy.SourceAtConnect(connection), Helo, Extended: true);
        if (Tls || listener.TlsPorts.Contains(port))
        {
            facts = facts with { Tls = "TLS1.3" };
            facts = facts with { Source = policy.SourceAfterTls(facts) };
        }

        if (User is not null) facts = facts with { Source = policy.SourceAfterAuthentication(facts, User), AuthenticatedUser = User };
        return facts;
    }

    /// <summary>25, 587 and 465 stand for their services where no listener has that port.</summary>
    private static (ListenerDefinition Listener, int Port)? FindListener(ConfigurationSnapshot snapshot, int? port)
    {
        foreach (ListenerDefinition listener in snapshot.Listeners)
        {
            if (port is { } wanted && (listener.Ports.Contains(wanted) || listener.TlsPorts.Contains(wanted))) return (listener, wanted);
        }

        string? service = port switch
        {
            null or 25 => "smtp",
            587 => "submission",
            465 => "submissions",
            _ => null,
        };
        ListenerDefinition? named = snapshot.Listeners.FirstOrDefault(l => l.Service.Equals(service, StringComparison.OrdinalIgnoreCase));
        return named is null ? null : (named, named.Ports.Concat(named.TlsPorts).First());
    }
}
