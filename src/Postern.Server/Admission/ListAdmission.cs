using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;

namespace Postern.Server.Admission;

/// <summary>
/// What lists have to say once the content is there. A list that refuses it loses its members; when nobody is left the
/// message is refused, else the list goes to the reprocess channel, which refuses it again and tells the sender.
/// </summary>
/// <param name="Recipients">what is to be queued.</param>
/// <param name="Refusal">not null: no list takes the message and nobody else gets it.</param>
public sealed record ListAdmission(ImmutableArray<AcceptedRecipient> Recipients, ExpansionFault? Refusal)
{
    private static readonly ChannelName Reprocess = new("reprocess");

    /// <summary>Whether any of it depends on the content.</summary>
    public static bool Concerns(ImmutableArray<AcceptedRecipient> recipients) =>
        recipients.Any(r => !r.Decision.Recipients.IsDefault && r.Decision.Recipients.Any(m => m.Lists is not null));

    public static ListAdmission Of(ImmutableArray<AcceptedRecipient> recipients, ListContent content, ConfigurationSnapshot snapshot)
    {
        if (!Concerns(recipients)) return new ListAdmission(recipients, null);
        Dictionary<ListPath, ListObjection?> known = [];
        List<ListObjection.Refusal> refusals = [];
        ImmutableArray<AcceptedRecipient> kept = [.. recipients.Select(r => Kept(r, list => Ask(list, content, snapshot, known), refusals))];
        if (refusals.Count == 0) return new ListAdmission(kept, null);
        ChannelDefinition? reprocess = snapshot.Channels.FindByName(Reprocess);
        bool anybody = kept.Any(r => r.Decision.Verdict == Verdict.Discard || !r.Decision.Recipients.IsEmpty);
        if (!anybody || reprocess is null) return new ListAdmission([], refusals[0].Fault);

        ImmutableArray<ExpandedRecipient> told =
        [
            .. refusals.DistinctBy(r => r.List.Address.ToString()).Select(r => new ExpandedRecipient(
                r.List.Address.ToString(), reprocess.Name, reprocess.OfficialHost, r.List.OuterFrom, ViaAlias: true)),
        ];
        AcceptedRecipient first = kept[0];
        return new ListAdmission(kept.SetItem(0, first with { Decision = first.Decision with { Recipients = first.Decision.Recipients.AddRange(told) } }), null);
    }

    private static ListObjection? Ask(ListPath list, ListContent content, ConfigurationSnapshot snapshot, Dictionary<ListPath, ListObjection?> known)
    {
        if (!known.TryGetValue(list, out ListObjection? objection)) known[list] = objection = ListContentCheck.Check(list, content, snapshot);
        return objection;
    }

    private static AcceptedRecipient Kept(AcceptedRecipient accepted, Func<ListPath, ListObjection?> ask, List<ListObjection.Refusal> refusals)
    {
        if (accepted.Decision.Recipients.IsDefault) return accepted with { Decision = accepted.Decision with { Recipients = [] } };
        ImmutableArray<ExpandedRecipient>.Builder kept = ImmutableArray.CreateBuilder<ExpandedRecipient>(accepted.Decision.Recipients.Length);
        foreach (ExpandedRecipient recipient in accepted.Decision.Recipients)
        {
            switch (recipient.Lists is { } list ? ask(list) : null)
            {
                case ListObjection.Refusal refusal:
                    refusals.Add(refusal);
                    break;
                case ListObjection.Hold hold:
                    kept.Add(recipient with { HoldReason = hold.Reason });
                    break;
                default:
                    kept.Add(recipient);
                    break;
            }
        }

        return accepted with { Decision = accepted.Decision with { Recipients = kept.ToImmutable() } };
    }
}
