using System.Net;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Server.Operations;
using Postern.Server.Sessions;
using Postern.Smtp.Replies;

namespace Postern.Server.Listening;

/// <summary>One service of dispatcher.cnf on its ports: accepts connections, counts them, and runs a session on each.</summary>
public sealed class SmtpListener(ListenerDefinition definition, SessionServices services)
{
    private readonly ConnectionGate _gate = new(
        services.Time, definition.MaxConns, definition.MaxConnsPerIp, definition.MaxConnsPerNetwork, definition.ConnsPerMinutePerIp);

    /// <summary>Connections of proxies that have not named their client yet.</summary>
    private readonly ConnectionGate _unnamed = new(services.Time, definition.MaxConns);
    private readonly ProxiedClient _proxied = new(services.Time);

    public ListenerStatus Status() => new(
        definition.Service,
        definition.Channel.ToString(),
        string.Join(", ", Addresses.SelectMany(a => definition.Ports.Select(p => $"{Name(a)}:{p}").Concat(definition.TlsPorts.Select(p => $"{Name(a)}:{p} (TLS)")))),
        _gate.Open);

    /// <summary>Adds this service's endpoints to the server.</summary>
    public void Bind(KestrelServerOptions kestrel)
    {
        foreach (IPAddress address in Addresses)
        {
            foreach (int port in definition.Ports) Bind(kestrel, address, port, implicitTls: false);
            foreach (int port in definition.TlsPorts) Bind(kestrel, address, port, implicitTls: true);
        }
    }

    private IEnumerable<IPAddress> Addresses => definition.InterfaceAddresses.IsDefaultOrEmpty ? [IPAddress.Any] : definition.InterfaceAddresses;

    private static string Name(IPAddress address) =>
        address.Equals(IPAddress.Any) ? "*" : address.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString();

    private void Bind(KestrelServerOptions kestrel, IPAddress address, int port, bool implicitTls)
    {
        // The any-address is bound dual-stack, so that IPv4 and IPv6 clients reach one and the same listener.
        if (address.Equals(IPAddress.Any)) kestrel.ListenAnyIP(port, endpoint => endpoint.Run(c => HandleAsync(c, implicitTls)));
        else kestrel.Listen(address, port, endpoint => endpoint.Run(c => HandleAsync(c, implicitTls)));
    }

    private async Task HandleAsync(ConnectionContext context, bool implicitTls)
    {
        IPEndPoint peer = Unmapped(context.RemoteEndPoint);
        IPEndPoint server = Unmapped(context.LocalEndPoint);
        CancellationToken stopping = context.Features.Get<IConnectionLifetimeNotificationFeature>()?.ConnectionClosedRequested ?? default;
        ClientConnection accepted = new(peer.Address, peer.Port, server.Address, server.Port, definition.Service) { Rights = definition.RightsOf(peer.Address) };
        if ((definition.IsProxy(peer.Address) ? await UnwrapAsync(context, accepted, stopping) : accepted) is not { Client: { } client } connection) return;
        if (_gate.Enter(client) is { } refusal)
        {
            SmtpReply reply = ConnectionReplies.Of(refusal);
            SessionLog.ConnectionRefused(services.Logger, client, definition.Service, reply.Lines[0]);

            // Without a handshake there is no way to tell a client of an implicit TLS port anything.
            if (!implicitTls) await context.Transport.Output.WriteAsync(reply.ToBytes());
            return;
        }

        IPAddress? counted = client;
        ClientTransport transport = new(context.Transport);
        try
        {
            // Not ended by ConnectionClosed: a client may send all it has, half-close, and still wait for the replies.
            await new SessionRunner(services, transport, connection, stopping) { MoveTo = MoveTo }.RunAsync(implicitTls, services.Cut);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionResetException)
        {
            SessionLog.Closed(services.Logger, $"{client}:{connection.ClientPort}", $"connection lost: {e.Message}");
        }
        catch (Exception e)
        {
            // A defect in one session must not take the server down; the client sees a closed connection and retries.
            SessionLog.Broke(services.Logger, $"{client}:{connection.ClientPort}", e);
        }
        finally
        {
            await CloseQuietlyAsync(transport, client);
            if (counted is not null) _gate.Leave(counted);
        }

        // The peer named another client: that one's place is taken instead.
        SmtpReply? MoveTo(IPAddress other)
        {
            _gate.Leave(counted);
            ConnectionRefusal? tooMany = _gate.Enter(other);
            counted = tooMany is null ? other : null;
            return tooMany is { } reason ? ConnectionReplies.Of(reason) : null;
        }
    }

    /// <summary>The connection as that of the client behind a listed proxy, or null when it is to be closed.</summary>
    private async Task<ClientConnection?> UnwrapAsync(ConnectionContext context, ClientConnection accepted, CancellationToken stopping)
    {
        IPAddress proxy = accepted.Client!;
        if (_unnamed.Enter(proxy) is not null)
        {
            SessionLog.ConnectionRefused(services.Logger, proxy, definition.Service, "too many connections without a PROXY header");
            return null;
        }

        try
        {
            using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(stopping, services.Cut);
            (ClientConnection? connection, string? fault) = await _proxied.ReadAsync(context.Transport.Input, accepted, ended.Token);
            if (connection is null) SessionLog.ConnectionRefused(services.Logger, proxy, definition.Service, fault!);
            else SessionLog.Proxied(services.Logger, proxy, definition.Service, connection.IsProxy ? "itself" : $"{connection.Client}:{connection.ClientPort}");
            return connection;
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or ConnectionResetException)
        {
            SessionLog.ConnectionRefused(services.Logger, proxy, definition.Service, $"connection lost before a PROXY header: {e.Message}");
            return null;
        }
        finally
        {
            _unnamed.Leave(proxy);
        }
    }

    private async Task CloseQuietlyAsync(ClientTransport transport, IPAddress client)
    {
        try
        {
            await transport.DisposeAsync();
        }
        catch (Exception e) when (e is IOException or InvalidOperationException or ObjectDisposedException)
        {
            SessionLog.Closed(services.Logger, client.ToString(), $"TLS close failed: {e.Message}");
        }
    }

    /// <summary>An IPv4 client on a dual-stack socket is an IPv4 client: policy must never see <c>::ffff:a.b.c.d</c>.</summary>
    private static IPEndPoint Unmapped(EndPoint? endPoint) => endPoint switch
    {
        IPEndPoint ip when ip.Address.IsIPv4MappedToIPv6 => new IPEndPoint(ip.Address.MapToIPv4(), ip.Port),
        IPEndPoint ip => ip,
        _ => new IPEndPoint(IPAddress.None, 0),
    };
}
