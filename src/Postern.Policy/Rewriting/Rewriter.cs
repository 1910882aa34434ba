using Postern.Mapping.Evaluation;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>Leads addresses through the rewrite rules to channels (Administration Guide 6.3, ch. 11). Immutable; safe for concurrent use.</summary>
public sealed class Rewriter
{
    private readonly Func<string, bool?>? _localDomain;

    /// <param name="random">0 &lt;= x &lt; 1, for <c>$W</c> and for entries of mapping tables that apply with a probability (<c>$?x?</c>).</param>
    /// <param name="localDomain">
    /// answers <c>$V</c> and <c>$Z</c> for the key of a domain; null when the directory cannot be asked now. By default the users and
    /// the directory of the snapshot are asked.
    /// </param>
    public Rewriter(ConfigurationSnapshot snapshot, Func<double>? random = null, Func<string, bool?>? localDomain = null)
    {
        ArgumentNullException.ThrowIfNull(snapshot);
        Snapshot = snapshot;
        Random = random ?? System.Random.Shared.NextDouble;
        _localDomain = localDomain;

        // The option was read as a template when the configuration was loaded; what is none has been reported there.
        DomainFailure = ReadDomainFailure(snapshot.Options.DomainFailure) ?? ReadDomainFailure(PosternOptions.Default.DomainFailure)!;
    }

    /// <summary>Repeats by <c>A%B</c> rules for one address; more is a loop in the rules.</summary>
    public static int MaximumRepeats => RewriteWalk.MaximumRepeats;

    internal ConfigurationSnapshot Snapshot { get; }

    internal Func<double> Random { get; }

    internal RewriteTemplate DomainFailure { get; }

    /// <summary>Never throws, and always ends.</summary>
    /// <param name="address">the null reverse-path is no address and is never rewritten.</param>
    /// <param name="answers">what is known of the callouts that rules ask; null is nothing. An unknown one is <see cref="RewriteResult.Failure.Pending"/>.</param>
    public RewriteResult Rewrite(Mailbox address, RewriteContext context, CalloutAnswers? answers = null) =>
        Rewrite(address, context, new Inquiry(answers ?? CalloutAnswers.Empty, Random));

    internal RewriteResult Rewrite(Mailbox address, RewriteContext context, Inquiry inquiry)
    {
        ArgumentNullException.ThrowIfNull(address);
        ArgumentNullException.ThrowIfNull(context);
        return new RewriteWalk(this, address, context, inquiry).Run();
    }

    internal bool? IsLocalDomain(string domainKey, Inquiry inquiry) =>
        _localDomain is null ? Snapshot.IsLocalDomain(domainKey, inquiry) : _localDomain(domainKey);

    private RewriteTemplate? ReadDomainFailure(string text) =>
        RewriteTemplateParser.ParseAnswer(text, Snapshot.Mappings.Options) is { } steps ? new RewriteTemplate(steps) : null;
}
