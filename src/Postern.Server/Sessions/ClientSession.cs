using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Server.Dns;
using Postern.Server.Listening;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>What is known of the client of one session, and the policy that applies to it at the moment.</summary>
internal sealed class ClientSession
{
    private bool _nameAsked;

    public ClientSession(SessionServices services, ClientTransport transport, ClientConnection connection)
    {
        Services = services;
        Transport = transport;
        Connection = connection;
        Policy = services.Configuration.Policy;
        Facts = new SessionFacts(connection, Policy.SourceAtConnect(connection));
        Records = new SessionRecords(services.Transactions, services.Time, Id);
        Decisions = new SessionDecisions(this);
    }

    /// <summary>Names the session in the log.</summary>
    public string Id { get; } = DecisionId.New();

    public SessionServices Services { get; }

    public SessionRecords Records { get; }

    public SessionDecisions Decisions { get; }

    public ClientTransport Transport { get; }

    public ClientConnection Connection { get; private set; }

    /// <remarks>INVARIANT: changes between transactions only.</remarks>
    public MailPolicy Policy { get; private set; }

    public SessionFacts Facts { get; set; }

    public ChannelDefinition? Channel => Policy.Snapshot.Channels.FindByName(Facts.Source.Current);

    public SessionTerms Terms() => Policy.Terms(Facts.Source, Facts.Tls, Facts.AuthenticatedUser, Services.Tls.Current is not null);

    /// <summary>Chooses the source channel from what is known of the connection.</summary>
    public async ValueTask DeriveSourceAsync(CancellationToken cut) => Facts = Facts with
    {
        Source = await Services.Callouts.AskAsync(answers => Policy.SourceAtConnect(Connection, answers), static source => source.Pending, cut),
    };

    /// <summary>The source channel is another one from now on; the log says so.</summary>
    public void Switch(SourceChannel to)
    {
        if (to.Current != Facts.Source.Current) SessionLog.Switched(Services.Logger, Id, to.Current.ToString(), to.Reason);
        Facts = Facts with { Source = to };
    }

    /// <summary>Asks DNS for the client's name, once; without an answer the client has none.</summary>
    public async Task AskNameAsync(CancellationToken cut)
    {
        if (_nameAsked || Services.Names is not { } names || Connection.Client is not { } client) return;
        _nameAsked = true;
        switch (await names.FindAsync(client, cut))
        {
            case DnsAnswer<ClientName>.Found { Records: [var name, ..] }:
                SessionLog.Named(Services.Logger, Id, name.ToString());
                Connection = Connection with { Name = name };
                Facts = Facts with { Connection = Connection };
                break;
            case DnsAnswer<ClientName>.Trouble trouble:
                SessionLog.NotNamed(Services.Logger, Id, client, trouble.Reason);
                break;
            default:
                break;
        }
    }

    /// <summary>A reload takes effect at the next MAIL: the source channel is derived anew from what is known of the client.</summary>
    public async ValueTask RefreshPolicyAsync(CancellationToken cut)
    {
        MailPolicy current = Services.Configuration.Policy;
        if (ReferenceEquals(current, Policy)) return;
        Policy = current;
        await DeriveSourceAsync(cut);
        if (Facts.Tls is not null) Facts = Facts with { Source = current.SourceAfterTls(Facts) };
        if (Facts.AuthenticatedUser is { } user) Facts = Facts with { Source = current.SourceAfterAuthentication(Facts, user) };
    }
}
