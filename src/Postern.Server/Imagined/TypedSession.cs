using System.IO.Pipelines;
using Microsoft.Extensions.Logging.Abstractions;
using Postern.Policy.Access;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Callouts;
using Postern.Server.Ldap;
using Postern.Server.Listening;
using Postern.Server.Operations;
using Postern.Server.Sessions;

namespace Postern.Server.Imagined;

/// <summary>
/// A whole SMTP session of an imagined client who types: the server's own <see cref="SessionRunner"/> over lines instead of a
/// connection. What is accepted goes into a queue in memory and nowhere else; STARTTLS has no handshake; delays are told, not served.
/// </summary>
public sealed class TypedSession(ConfigurationSnapshot configuration, CalloutLoop callouts, TimeProvider time)
{
    /// <summary>Runs until the server closes or the lines end.</summary>
    /// <returns>null when there was a session; else one line why there cannot be one.</returns>
    public async Task<string?> RunAsync(ImaginedSession client, TextReader input, TextWriter output, CancellationToken cancellationToken)
    {
        // No log knows the ids of these decisions.
        LiveConfiguration live = new(configuration with { Options = configuration.Options with { ReplyId = false } });
        if (client.Facts(live.Policy, out string? fault) is not { } facts) return fault;
        TypedOutput replies = new(output);
        DecisionComments comments = new(replies);
        TlsIdentity tls = new(TlsMaterial.Of(TlsCertificate.Ephemeral(configuration.Channels.Local.OfficialHost, time.GetUtcNow())));
        await using MemoryQueueStore queue = new(time);
        await using DirectoryService directory = new(() => live.Current, time, NullLogger.Instance);
        SessionServices services = new(
            live, queue, comments, tls, time, NullLogger.Instance, () => replies.Comment("a server would queue it now"), callouts, directory, cancellationToken)
        {
            ServesDelays = false,
        };

        await using ClientTransport transport = new(new Ends(PipeReader.Create(new TypedInput(input, replies)), PipeWriter.Create(replies))) { PresumedTls = client.TlsDescription };
        SessionRunner session = new(services, transport, facts.Connection, cancellationToken) { PresumedUser = client.User };
        comments.Source(facts.Source);
        await session.RunAsync(implicitTls: facts.Tls is not null, cancellationToken);
        return null;
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
