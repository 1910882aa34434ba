using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Policy.Directories;
using Postern.Policy.Rewriting;

namespace Postern.Policy.Aliases;

/// <summary>
/// Expands one rewritten recipient (Technical Reference, "Alias recursion and nested list definitions").
/// Idea: depth first along the path of aliases; every target is rewritten anew and expanded again until it leaves the
/// local channel. A target that leads back to the very alias it stands in is the account of that name; one that leads
/// back to an earlier alias of the path is a loop and kills its branch only. Where aliases have nothing more to say,
/// FORWARD is asked, and may start all of this again.
/// INVARIANT: the path holds each alias at most once and FORWARD starts anew at most <see cref="MostRestarts"/> times, so
/// every branch ends; depth, recipients and steps have limits beside that, so the whole does.
/// A member that leads nowhere does not refuse the others: it goes to the reprocess channel, which tries it once more and
/// notifies the envelope From when it still fails. A member that cannot be decided now defers the whole recipient.
/// </summary>
internal sealed class Expansion(ConfigurationSnapshot snapshot, Rewriter rewriter, AccessTables tables)
{
    /// <summary>A recipient starts anew so often because of FORWARD.</summary>
    public const int MostRestarts = 10;

    public ConfigurationSnapshot Snapshot => snapshot;

    public Rewriter Rewriter => rewriter;

    public AliasLookup Lookup { get; } = new(snapshot);

    public PostingCheck Posting { get; } = new(snapshot, tables);

    public AddressForwarding Forwarding { get; } = new(snapshot, tables);

    /// <summary>Null: there is no directory.</summary>
    public RecipientLookup? Directory { get; } = snapshot.Recipients;

    public DirectoryTargets Targets { get; } = new(snapshot.Options.Directory, snapshot.DefaultDomain, snapshot.IsOwnHost);

    /// <param name="from">the sender's reverse-path.</param>
    /// <param name="cameByAlias">the recipient comes back from the queue, and an alias led there.</param>
    public ExpansionResult Expand(
        RewriteResult.Success named, string from, SessionFacts facts, EnvelopeTerms terms, RewriteContext context, Inquiry inquiry, bool cameByAlias)
    {
        ExpansionWalk walk = new(this, new Poster(facts, from, from, terms), context, inquiry, cameByAlias);
        walk.Visit(named, new ExpansionBranch(from, named.Address, terms.OriginalRecipient, terms.Notify) { ShownAs = terms.ShownAs });
        return walk.Finish();
    }
}
