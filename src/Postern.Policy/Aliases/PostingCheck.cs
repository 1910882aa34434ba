using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;
using Postern.Smtp.Replies;

namespace Postern.Policy.Aliases;

/// <summary>
/// May this be posted (Technical Reference, "Alias file named parameters")? In order: access clauses, moderation, holding,
/// size. A clause of the CANT_ kind is a veto wherever it stands; the others combine left to right with AND or OR. A list
/// without clauses is open. Mail from the null reverse-path never gets to members: bounces belong to the owner.
/// </summary>
/// <remarks>
/// Each clause is tested for the sender the client gave and for the owner of the outer list; either suffices to be let in,
/// and either to be kept out. A file or table that cannot be asked defers the posting. INVARIANT: <c>postmaster</c> and
/// <c>abuse</c> are open to everybody (RFC 5321 §4.5.1, RFC 2142 §2).
/// </remarks>
internal sealed class PostingCheck(ConfigurationSnapshot snapshot, AccessTables tables)
{
    private const int BlockSize = 1024;

    private static readonly ExpansionFault Denied = new(550, new EnhancedCode(5, 7, 1), "you are not allowed to post to this list");
    private static readonly ExpansionFault NoBounces = new(550, new EnhancedCode(5, 7, 1), "a list takes no mail without a sender");
    private static readonly ExpansionFault CannotTell = new(451, new EnhancedCode(4, 3, 0), "list cannot be asked now");

    public static ExpansionFault TooLarge { get; } = new(552, new EnhancedCode(5, 2, 3), "message exceeds the size limit of the list");

    public PostingAnswer Check(AliasDefinition alias, Mailbox address, Poster poster, Inquiry inquiry)
    {
        ListParameters rules = alias.Parameters;
        bool isOpen = address.Local.Value.Equals("postmaster", StringComparison.OrdinalIgnoreCase)
            || address.Local.Value.Equals("abuse", StringComparison.OrdinalIgnoreCase);
        ImmutableArray<ExplanationStep>.Builder steps = ImmutableArray.CreateBuilder<ExplanationStep>();
        string? held = null;
        if (!isOpen)
        {
            if (alias.IsList && poster.Original.Length == 0) return new PostingAnswer.Refused(NoBounces, []);
            if (Access(alias, poster, steps, inquiry) is { } refusal) return new PostingAnswer.Refused(refusal, steps.ToImmutable());
            if (rules.Moderator is { } moderator)
            {
                if (IsModerator(alias, moderator, poster, steps, inquiry) is not { } free) return new PostingAnswer.Refused(CannotTell, steps.ToImmutable());
                if (!free) return new PostingAnswer.Moderated(moderator, steps.ToImmutable());
            }

            bool? holds = Any(alias, rules.Holds, poster, steps, inquiry);
            bool? spared = rules.HoldsOthers.IsEmpty ? true : Any(alias, rules.HoldsOthers, poster, steps, inquiry);
            if (holds is null || spared is null) return new PostingAnswer.Refused(CannotTell, steps.ToImmutable());
            if (holds.Value || !spared.Value) held = $"held by list {alias.Name}";
        }

        if (rules.BlockLimit is { } blocks && poster.Terms.Size is { } size && Blocks(size) > blocks)
        {
            steps.Add(new ExplanationStep.Clause(alias.Name, alias.Position, $"[BLOCKLIMIT] {blocks}", $"{Blocks(size)} blocks", Holds: false, Decides: true));
            return new PostingAnswer.Refused(TooLarge, steps.ToImmutable());
        }

        return new PostingAnswer.Allowed(held, steps.ToImmutable());
    }

    public static long Blocks(long octets) => (octets + BlockSize - 1) / BlockSize;

    private ExpansionFault? Access(AliasDefinition alias, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        bool? passes = null;
        int lastFailed = -1;
        foreach (PostingClause clause in alias.Parameters.Access)
        {
            if (Test(alias, clause, poster, steps, inquiry) is not { } holds) return CannotTell;
            if (clause.Forbids)
            {
                if (!holds) continue;
                Decide(steps, steps.Count - 1);
                return Denied;
            }

            passes = passes is not { } before ? holds : clause.Either ?? snapshot.Options.OrClauses ? before || holds : before && holds;
            if (!holds) lastFailed = steps.Count - 1;
        }

        if (passes != false) return null;
        Decide(steps, lastFailed);
        return Denied;
    }

    private static void Decide(ImmutableArray<ExplanationStep>.Builder steps, int index) =>
        steps[index] = (ExplanationStep.Clause)steps[index] with { Decides = true };

    private bool? IsModerator(AliasDefinition alias, Mailbox moderator, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        if (!alias.Parameters.Moderators.IsEmpty) return Any(alias, alias.Parameters.Moderators, poster, steps, inquiry);
        bool free = Senders(poster).Any(s => AliasKey.Of(s) == AliasKey.Of(moderator));
        steps.Add(new ExplanationStep.Clause(alias.Name, alias.Position, $"[MODERATOR_ADDRESS] {moderator}", poster.Original, free, Decides: !free));
        return free;
    }

    private bool? Any(AliasDefinition alias, ImmutableArray<PostingClause> clauses, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        foreach (PostingClause clause in clauses)
        {
            if (Test(alias, clause, poster, steps, inquiry) is not { } holds) return null;
            if (holds) return true;
        }

        return false;
    }

    /// <returns>null when it cannot be told now.</returns>
    private bool? Test(AliasDefinition alias, PostingClause clause, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        bool? holds = clause.Test switch
        {
            PosterTest.Listed listed => snapshot.Aliases.Addresses(listed.File) is { Unreadable: null } file
                ? Identities(listed.Identity, poster).Any(a => file.Contains(a, snapshot.DefaultDomain))
                : null,
            PosterTest.ListedUser listed => snapshot.Aliases.Users(listed.File) is { Unreadable: null } file
                ? file.Patterns.Any(p => p.Matches(poster.Facts.AuthenticatedUser))
                : null,
            PosterTest.Mapped mapped => Map(mapped, poster, steps, inquiry),
            PosterTest.SourceChannel channel => channel.Pattern.Match(poster.Facts.Source.Current.ToString()).IsMatch,
            PosterTest.User user => user.Pattern.Matches(poster.Facts.AuthenticatedUser),
            _ => throw new InvalidOperationException($"unknown test {clause.Test.GetType().Name}"),
        };
        steps.Add(new ExplanationStep.Clause(alias.Name, clause.Position, clause.Text, Subject(clause.Test, poster), holds, Decides: holds is null));
        return holds;
    }

    private bool? Map(PosterTest.Mapped mapped, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        if (snapshot.Mappings.Find(mapped.Table) is not { } table) return null;
        foreach (Mailbox identity in Identities(mapped.Identity, poster))
        {
            TableAnswer asked = tables.Ask(table, identity.ToString(), RecipientProbes.Flags(poster.Facts), inquiry);
            steps.AddRange(asked.Steps(decides: false));
            if (asked.Fault is not null) return null;
            if (asked.Result is MappingResult.Match { AllFailed: false } match && SaysYes(match)) return true;
        }

        return false;
    }

    private static bool SaysYes(MappingResult.Match match) =>
        match.Flags.Has('Y') || match.Flags.Has('T') || match.Output is ['Y' or 'y' or 'T' or 't', ..];

    private static string Subject(PosterTest test, Poster poster) => test switch
    {
        PosterTest.SourceChannel => poster.Facts.Source.Current.ToString(),
        PosterTest.User or PosterTest.ListedUser or PosterTest.Listed { Identity: PosterIdentity.Authenticated } or PosterTest.Mapped { Identity: PosterIdentity.Authenticated } =>
            poster.Facts.AuthenticatedUser ?? "nobody authenticated",
        _ => poster.Original == poster.Current ? poster.Original : $"{poster.Original}, {poster.Current}",
    };

    private static IEnumerable<Mailbox> Identities(PosterIdentity identity, Poster poster) =>
        identity == PosterIdentity.EnvelopeFrom ? Senders(poster) : Parse([poster.Facts.AuthenticatedUser]);

    private static IEnumerable<Mailbox> Senders(Poster poster) => Parse(poster.Original == poster.Current ? [poster.Original] : [poster.Original, poster.Current]);

    private static IEnumerable<Mailbox> Parse(IEnumerable<string?> addresses)
    {
        foreach (string? address in addresses)
        {
            if (address is { Length: > 0 } && AddressParser.Parse(address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox }) yield return mailbox;
        }
    }
}
