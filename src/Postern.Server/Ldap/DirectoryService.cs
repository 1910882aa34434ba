using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Configuration;
using Postern.Policy.Directories;
using Postern.Server.Callouts;
using Postern.Smtp.Session;

namespace Postern.Server.Ldap;

/// <summary>
/// The LDAP directory as the rest of the server sees it: it answers callouts and checks passwords. A reload begins anew, with new
/// connections and an empty cache.
/// </summary>
/// <param name="current">the configuration in force.</param>
public sealed class DirectoryService(Func<ConfigurationSnapshot> current, TimeProvider time, ILogger logger) : ICalloutResponder, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private ConfigurationSnapshot? _snapshot;
    private DirectoryClient? _client;

    public async ValueTask<CalloutAnswer?> AnswerAsync(Callout callout, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(callout);
        (ConfigurationSnapshot snapshot, DirectoryClient client) = await ClientAsync();
        if (!snapshot.Options.Directory.IsConfigured) return new CalloutAnswer.Unavailable();
        return callout.Kind switch
        {
            CalloutKind.Directory => await SearchAsync(client, callout.Argument, static entries => new CalloutAnswer.Entries(entries), cancellationToken),
            CalloutKind.Url => await SearchAsync(client, callout.Argument, entries => ValueOf(entries, callout.Argument), cancellationToken),
            CalloutKind.DomainAttribute => await DomainAttributeAsync(snapshot, callout, cancellationToken),
            _ => null,
        };
    }

    /// <summary>Finds the entry of a name and binds as it (RFC 4513 §5.1.3). An unknown name costs a bind too, so that time tells nobody which exist.</summary>
    /// <returns>the user's address when accepted.</returns>
    public async Task<(AuthenticationOutcome Outcome, string? User)> VerifyAsync(string name, string password, CancellationToken cancellationToken)
    {
        (ConfigurationSnapshot snapshot, DirectoryClient client) = await ClientAsync();
        DirectoryOptions options = snapshot.Options.Directory;
        if (!options.ProtectsPasswords)
        {
            DirectoryLog.PasswordsUnprotected(logger);
            return (AuthenticationOutcome.Unavailable, null);
        }

        DirectoryQuestions questions = new(snapshot);
        DirectoryAnswer<DirectoryLogin> login = await new CalloutLoop(this, time).AskAsync(
            answers => questions.Login(name, answers), static answer => answer.Pending, cancellationToken);
        if (login.Unavailable) return (AuthenticationOutcome.Unavailable, null);
        try
        {
            string dn = login.Value?.EntryDn ?? $"cn=nobody,{options.UserRoot}";
            bool accepted = await client.VerifyAsync(dn, password, cancellationToken) && login.Value is not null;
            return accepted ? (AuthenticationOutcome.Accepted, login.Value!.Address) : (AuthenticationOutcome.Rejected, null);
        }
        catch (LdapException e)
        {
            DirectoryLog.CannotAnswer(logger, e.Fault.ToString(), e.Message);
            return (AuthenticationOutcome.Unavailable, null);
        }
    }

    /// <summary>Finds the user of a name; whether somebody is that user, others have to know.</summary>
    /// <returns>the user's address when there is exactly one who may log in.</returns>
    public async Task<(AuthenticationOutcome Outcome, string? User)> FindAsync(string name, CancellationToken cancellationToken)
    {
        (ConfigurationSnapshot snapshot, _) = await ClientAsync();
        DirectoryQuestions questions = new(snapshot);
        DirectoryAnswer<DirectoryLogin> login = await new CalloutLoop(this, time).AskAsync(
            answers => questions.Login(name, answers), static answer => answer.Pending, cancellationToken);
        if (login.Unavailable) return (AuthenticationOutcome.Unavailable, null);
        return login.Value is { } found ? (AuthenticationOutcome.Accepted, found.Address) : (AuthenticationOutcome.Rejected, null);
    }

    public async ValueTask DisposeAsync()
    {
        DirectoryClient? client;
        lock (_gate) (client, _client, _snapshot) = (_client, null, null);
        if (client is not null) await client.DisposeAsync();
    }

    private async ValueTask<CalloutAnswer?> SearchAsync(
        DirectoryClient client, string url, Func<ImmutableArray<DirectoryEntry>, CalloutAnswer> read, CancellationToken cancellationToken)
    {
        if (DirectorySearch.Parse(url, out string? fault) is not { } search)
        {
            DirectoryLog.BadUrl(logger, url, fault!);
            return new CalloutAnswer.Unavailable();
        }

        try
        {
            return read(await client.SearchAsync(search, cancellationToken));
        }
        catch (LdapException e)
        {
            DirectoryLog.CannotAnswer(logger, e.Fault.ToString(), e.Message);
            return new CalloutAnswer.Unavailable();
        }
    }

    /// <summary>The first value of what a URL of a mapping names.</summary>
    private static CalloutAnswer ValueOf(ImmutableArray<DirectoryEntry> entries, string url)
    {
        ImmutableArray<string> wanted = DirectorySearch.Parse(url, out _)!.Attributes;
        string? value = entries.Select(e => wanted.IsEmpty ? e.First() : wanted.Select(e.First).FirstOrDefault(v => v is not null)).FirstOrDefault(v => v is not null);
        return value is null ? new CalloutAnswer.Failure() : new CalloutAnswer.Success(value);
    }

    private async ValueTask<CalloutAnswer?> DomainAttributeAsync(ConfigurationSnapshot snapshot, Callout callout, CancellationToken cancellationToken)
    {
        DirectoryQuestions questions = new(snapshot);
        DirectoryAnswer<string> answer = await new CalloutLoop(this, time).AskAsync(
            answers => questions.DomainAttribute(callout.Argument, callout.Name, answers), static answer => answer.Pending, cancellationToken);
        return answer switch
        {
            { Unavailable: true } => new CalloutAnswer.Unavailable(),
            { Value: { } value } => new CalloutAnswer.Success(value),
            _ => new CalloutAnswer.Failure(),
        };
    }

    private async ValueTask<(ConfigurationSnapshot Snapshot, DirectoryClient Client)> ClientAsync()
    {
        DirectoryClient? old = null;
        ConfigurationSnapshot snapshot = current();
        DirectoryClient client;
        lock (_gate)
        {
            if (_client is null || !ReferenceEquals(snapshot, _snapshot))
            {
                old = _client;
                (_snapshot, _client) = (snapshot, new DirectoryClient(snapshot.Options.Directory, snapshot.Directory, time));
            }

            client = _client;
        }

        // What is under way on the old connections ends first; those idle close now.
        if (old is not null) await old.DisposeAsync();
        return (snapshot, client);
    }
}
