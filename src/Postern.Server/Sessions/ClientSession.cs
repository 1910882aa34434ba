using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Server.Dns;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Smtp.Replies;
using Postern.Smtp.Session;

namespace Postern.Server.Sessions;

/// <summary>What is known of the client of one session, and the policy that applies to it at the moment.</summary>
internal sealed class ClientSession
{
    private bool _nameAsked;

    /// <summary>The TLS layer ends at the client itself: what a peer proves of itself says nothing of the client it speaks for (XCLIENT).</summary>
    private bool _tlsIsTheirs = true;

    public ClientSession(SessionServices services, ClientTransport transport, ClientConnection connection)
    {
        Services = services;
        Transport = transport;
        Policy = services.Configuration.Policy;
        Connection = Suspected(connection);
        Facts = new SessionFacts(Connection, Policy.SourceAtConnect(Connection));
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

    /// <summary>Null when a reload has taken the service away.</summary>
    public ListenerDefinition? Listener => Policy.Snapshot.Listeners.FirstOrDefault(l => l.Service.Equals(Connection.Service, StringComparison.OrdinalIgnoreCase));

    public SessionTerms Terms()
    {
        SaslMeans means = new(
            HasCertificate: _tlsIsTheirs && Transport.Tls is { ClientEmails.IsEmpty: false },
            BindsChannel: _tlsIsTheirs && Transport.Tls is { EndPoint.IsEmpty: false });
        return Policy.Terms(Facts.Source, Facts.Tls, Facts.AuthenticatedUser, Services.Tls.Current is not null, means) with { Rights = Connection.Rights };
    }

    /// <summary>The session is that of another client from now on: nothing is known of it but its address and that there is TLS.</summary>
    public void Become(ClientConnection connection)
    {
        Policy = Services.Configuration.Policy;
        Connection = Suspected(connection);
        _tlsIsTheirs = false;
        Facts = new SessionFacts(Connection, Policy.SourceAtConnect(Connection), Tls: Facts.Tls);
        _nameAsked = false;
    }

    /// <summary>Chooses the source channel from what is known of the connection.</summary>
    public async ValueTask DeriveSourceAsync(CancellationToken cut) => Facts = Facts with
    {
        Source = await Services.Callouts.AskAsync(answers => Policy.SourceAtConnect(Connection, answers), static source => source.Pending, cut),
    };

    /// <summary>The client is this user from now on, on the channel that gives.</summary>
    public async ValueTask AuthenticateAsync(string user, CancellationToken cut) => Facts = Facts with
    {
        Source = await Services.Callouts.AskAsync(answers => Policy.SourceAfterAuthentication(Facts, user, answers), static source => source.Pending, cut),
        AuthenticatedUser = user,
    };

    /// <summary>The source channel is another one from now on; the log says so.</summary>
    public void Switch(SourceChannel to)
    {
        if (to.Current != Facts.Source.Current) SessionLog.Switched(Services.Logger, Id, to.Current.ToString(), to.Reason);
        Facts = Facts with { Source = to };
    }

    /// <summary>A client that is internal by its address has greeted; if that address has become suspect, the session is a stranger's from here on.</summary>
    public async ValueTask NoteIdentityAsync(CancellationToken cut)
    {
        if (Services.Identities is not { } watch || Connection is not { Client: { } client, IsSuspect: false } || Facts is not { Source.Kind: SourceChannelReason.Address, HeloName: { } name }) return;
        if (!watch.Note(client, name, Policy.Snapshot.Options) || !Policy.Snapshot.Options.IdentityLossExternal) return;
        Connection = Connection with { IsSuspect = true };
        Facts = Facts with { Connection = Connection };
        await DeriveSourceAsync(cut);
        if (Facts.Tls is not null) Facts = Facts with { Source = Policy.SourceAfterTls(Facts) };
    }

    /// <summary>What an entry wants said in the log (<c>$&lt;</c>, <c>$&gt;</c>).</summary>
    public void LogTexts(Decision decision)
    {
        foreach (string text in decision.LogTexts) SessionLog.AccessText(Services.Logger, Id, Connection.Client, PrintableText.Of(text));
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

    private ClientConnection Suspected(ClientConnection connection) => connection with
    {
        IsSuspect = Policy.Snapshot.Options.IdentityLossExternal && connection.Client is { } client && Services.Identities?.IsSuspect(client) == true,
    };

    /// <summary>A reload takes effect at the next MAIL: the source channel is derived anew from what is known of the client.</summary>
    public async ValueTask RefreshPolicyAsync(CancellationToken cut)
    {
        MailPolicy current = Services.Configuration.Policy;
        if (ReferenceEquals(current, Policy)) return;
        Policy = current;
        await DeriveSourceAsync(cut);
        if (Facts.Tls is not null) Facts = Facts with { Source = current.SourceAfterTls(Facts) };
        if (Facts.AuthenticatedUser is { } user) await AuthenticateAsync(user, cut);
    }
}
