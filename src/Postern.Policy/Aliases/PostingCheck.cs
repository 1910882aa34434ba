using System.Collections.Immutable;
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
/// INVARIANT: <c>postmaster</c> and <c>abuse</c> are open to everybody (RFC 5321 §4.5.1, RFC 2142 §2); what cannot be told defers the posting.
/// </remarks>
internal sealed class PostingCheck(ConfigurationSnapshot snapshot, AccessTables tables)
{
    private const int BlockSize = 1024;

    private static readonly EnhancedCode NotForYou = new(5, 7, 1);
    private static readonly ExpansionFault NoBounces = new(550, NotForYou, "a list takes no mail without a sender");
    private static readonly ExpansionFault CannotTell = new(451, new EnhancedCode(4, 3, 0), "list cannot be asked now");

    private readonly ClauseTest _clauses = new(snapshot, tables);

    public static ExpansionFault TooLarge { get; } = new(552, new EnhancedCode(5, 2, 3), "message exceeds the size limit of the list");

    public PostingAnswer Check(AliasDefinition alias, Mailbox address, Poster poster, Inquiry inquiry)
    {
        ListParameters rules = alias.Parameters;
        ImmutableArray<ExplanationStep>.Builder steps = ImmutableArray.CreateBuilder<ExplanationStep>();
        string? held = null;
        if (address.Local.Value.ToLowerInvariant() is not ("postmaster" or "abuse"))
        {
            if (alias.IsList && poster.Original.Length == 0) return new PostingAnswer.Refused(NoBounces, []);
            if (Access(alias, poster, steps, inquiry) is { } refusal)
            {
                return rules.ModeratesRefused && !rules.ModeratorAddresses.IsEmpty && !refusal.IsTransient
                    ? new PostingAnswer.Moderated(rules.ModeratorAddresses, steps.ToImmutable())
                    : new PostingAnswer.Refused(refusal, steps.ToImmutable());
            }

            if (!rules.ModeratorAddresses.IsEmpty && !(rules.ModeratesRefused && rules.Moderators.IsEmpty))
            {
                if (IsModerator(alias, poster, steps, inquiry) is not { } free) return new PostingAnswer.Refused(CannotTell, steps.ToImmutable());
                if (!free) return new PostingAnswer.Moderated(rules.ModeratorAddresses, steps.ToImmutable());
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
        ExpansionFault denied = new(550, NotForYou, alias.Parameters.RejectText ?? "you are not allowed to post to this list");
        bool? passes = null;
        int lastFailed = -1;
        foreach (PostingClause clause in alias.Parameters.Access)
        {
            if (Test(alias, clause, poster, steps, inquiry) is not { } holds) return CannotTell;
            if (clause.Forbids)
            {
                if (!holds) continue;
                Decide(steps, steps.Count - 1);
                return denied;
            }

            passes = passes is not { } before ? holds : clause.Either ?? snapshot.Options.OrClauses ? before || holds : before && holds;
            if (!holds) lastFailed = steps.Count - 1;
        }

        if (passes != false) return null;
        Decide(steps, lastFailed);
        return denied;
    }

    private static void Decide(ImmutableArray<ExplanationStep>.Builder steps, int index) =>
        steps[index] = (ExplanationStep.Clause)steps[index] with { Decides = true };

    private bool? IsModerator(AliasDefinition alias, Poster poster, ImmutableArray<ExplanationStep>.Builder steps, Inquiry inquiry)
    {
        ListParameters rules = alias.Parameters;
        if (!rules.Moderators.IsEmpty) return Any(alias, rules.Moderators, poster, steps, inquiry);
        bool free = ClauseTest.Senders(poster).Any(s => rules.ModeratorAddresses.Any(m => AliasKey.Of(s) == AliasKey.Of(m)));
        string text = $"[MODERATOR_ADDRESS] {string.Join(", ", rules.ModeratorAddresses)}";
        steps.Add(new ExplanationStep.Clause(alias.Name, alias.Position, text, poster.Original, free, Decides: !free));
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
        bool? holds = _clauses.Holds(clause.Test, poster, steps, inquiry);
        steps.Add(new ExplanationStep.Clause(alias.Name, clause.Position, clause.Text, ClauseTest.Subject(clause.Test, poster), holds, Decides: holds is null));
        return holds;
    }
}
