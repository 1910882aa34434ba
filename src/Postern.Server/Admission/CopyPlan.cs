using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Aliases;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Server.Admission;

/// <summary>
/// Splits the recipients of a transaction into the copies that are queued: one per destination channel, envelope From, lists
/// that work on it and hold reason, and further as the options of channel and list say (<c>single</c>, <c>single_sys</c>,
/// <c>addrsperfile</c>, MAXRCPT_PER_COPY).
/// </summary>
public static class CopyPlan
{
    private static readonly ChannelName Reprocess = new("reprocess");

    /// <param name="trace">header block put in front of every copy; lists do not work on the header.</param>
    /// <param name="holdReason">not null: every copy is held.</param>
    /// <returns>empty when every recipient is discarded.</returns>
    public static ImmutableArray<NewCopy> Build(
        ImmutableArray<AcceptedRecipient> recipients,
        ConfigurationSnapshot snapshot,
        ReversePath sender,
        ReadOnlyMemory<byte> trace,
        string? holdReason) => Build(recipients, snapshot, _ => trace, holdReason, null, null);

    /// <param name="headers">the header block of each copy.</param>
    /// <param name="holdReason">not null: every copy is held.</param>
    /// <param name="source">the channel whose <c>expandlimit</c> and <c>holdlimit</c> count; null for mail that comes back from the queue.</param>
    /// <returns>empty when every recipient is discarded.</returns>
    public static ImmutableArray<NewCopy> Build(
        ImmutableArray<AcceptedRecipient> recipients, ConfigurationSnapshot snapshot, CopyHeaders headers, string? holdReason, ChannelDefinition? source = null) =>
        Build(recipients, snapshot, headers.For, holdReason ?? HoldFor(recipients, source), source?.ExpandLimit, snapshot.Channels.FindByName(Reprocess));

    private static string? HoldFor(ImmutableArray<AcceptedRecipient> recipients, ChannelDefinition? source) =>
        recipients.Sum(r => r.Decision.Recipients.IsDefault ? 0 : r.Decision.Recipients.Length) > source?.HoldLimit ? "holdlimit" : null;

    /// <param name="reprocess">where recipients beyond <paramref name="expandLimit"/> wait, expanded and checked as they are.</param>
    private static ImmutableArray<NewCopy> Build(
        ImmutableArray<AcceptedRecipient> recipients,
        ConfigurationSnapshot snapshot,
        Func<ListPath?, ReadOnlyMemory<byte>> header,
        string? holdReason,
        int? expandLimit,
        ChannelDefinition? reprocess)
    {
        Dictionary<Key, List<NewRecipient>> groups = [];
        Dictionary<(ChannelName, string, string, ListPath?), (List<NewRecipient> Group, int Index)> seen = [];
        foreach (AcceptedRecipient accepted in recipients)
        {
            if (accepted.Decision.Verdict == Verdict.Discard) continue;
            foreach (ExpandedRecipient recipient in accepted.Decision.Recipients.IsDefault ? [] : accepted.Decision.Recipients)
            {
                // The same mailbox named twice, or reached by two aliases, gets one copy (RFC 5321 §4.1.1.3 leaves it to us).
                if (seen.TryGetValue((recipient.Channel, recipient.ReversePath, DuplicateKey(recipient.Address), recipient.Lists), out var first))
                {
                    Notify union = NotifyUnion.Of((Notify)first.Group[first.Index].Notify, recipient.Notify);
                    first.Group[first.Index] = first.Group[first.Index] with { Notify = (DsnNotify)union };
                    continue;
                }

                string? held = holdReason ?? (accepted.Decision.Verdict == Verdict.Hold ? "held by an access table" : recipient.HoldReason);
                bool isLater = seen.Count >= expandLimit && reprocess is not null;
                ChannelName channel = isLater ? reprocess!.Name : recipient.Channel;
                string host = isLater ? reprocess!.OfficialHost : NextHop.Of(recipient, snapshot.Channels);
                string together = snapshot.Channels.FindByName(channel)?.Split switch
                {
                    CopySplit.Recipient => recipient.Address,
                    CopySplit.NextHop => host,
                    _ => "",
                };
                Key key = new(channel, recipient.ReversePath, recipient.Lists, held, together);
                if (!groups.TryGetValue(key, out List<NewRecipient>? list)) groups[key] = list = [];
                seen[(recipient.Channel, recipient.ReversePath, DuplicateKey(recipient.Address), recipient.Lists)] = (list, list.Count);
                list.Add(new NewRecipient(
                    recipient.Address, host, recipient.OriginalRecipient, (DsnNotify)recipient.Notify, IsChecked(accepted, recipient), recipient.ShownAs));
            }
        }

        return
        [
            .. groups.SelectMany(g => g.Value
                .Chunk(Most(g.Key, snapshot))
                .Select(part => new NewCopy(g.Key.Channel.ToString(), g.Key.From, header(g.Key.Lists), g.Key.Held, [.. part]))),
        ];
    }

    private static int Most(Key key, ConfigurationSnapshot snapshot)
    {
        int channel = Math.Max(1, snapshot.Channels.FindByName(key.Channel)?.AddressesPerFile ?? int.MaxValue);
        return key.Lists is null ? channel : key.Lists.Lists.Select(l => l.List.Parameters.RecipientsPerCopy ?? int.MaxValue).Append(channel).Min();
    }

    /// <summary>
    /// The mark says that the ORIG_ tables were asked for what the client named and need not be asked for this address. A
    /// channel that hands mail back hides the address behind it from them, so there the mark is earned only by an alias of ours.
    /// </summary>
    private static bool IsChecked(AcceptedRecipient accepted, ExpandedRecipient recipient) =>
        accepted.Checked || recipient.ViaAlias || !(recipient.Channel.HandsBack || recipient.Channel.IsHold);

    private static string DuplicateKey(string address)
    {
        int at = address.LastIndexOf('@');
        return at < 0 ? address : string.Concat(address.AsSpan(0, at), address[at..].ToLowerInvariant());
    }

    private readonly record struct Key(ChannelName Channel, string From, ListPath? Lists, string? Held, string Together);
}
