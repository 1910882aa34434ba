using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;
using Postern.Smtp.Addresses;

namespace Postern.Server.Admission;

/// <summary>
/// Splits the recipients of a transaction into the copies that are queued: one per destination channel, envelope From and
/// hold reason, and further as the channel's options say (<c>single</c>, <c>single_sys</c>, <c>addrsperfile</c>).
/// </summary>
public static class CopyPlan
{
    /// <param name="trace">header block put in front of every copy.</param>
    /// <param name="holdReason">not null: every copy is held.</param>
    /// <returns>empty when every recipient is discarded.</returns>
    public static ImmutableArray<NewCopy> Build(
        ImmutableArray<AcceptedRecipient> recipients,
        ConfigurationSnapshot snapshot,
        ReversePath sender,
        ReadOnlyMemory<byte> trace,
        string? holdReason)
    {
        Dictionary<Key, List<NewRecipient>> groups = [];
        HashSet<(ChannelName, string, string)> seen = [];
        foreach (AcceptedRecipient accepted in recipients)
        {
            if (accepted.Decision.Verdict == Verdict.Discard) continue;
            foreach (ExpandedRecipient recipient in accepted.Decision.Recipients.IsDefault ? [] : accepted.Decision.Recipients)
            {
                // The same mailbox named twice, or reached by two aliases, gets one copy (RFC 5321 §4.1.1.3 leaves it to us).
                if (!seen.Add((recipient.Channel, recipient.ReversePath, DuplicateKey(recipient.Address)))) continue;
                string? held = holdReason ?? (accepted.Decision.Verdict == Verdict.Hold ? "held by an access table" : null);
                string host = NextHop.Of(recipient, snapshot.Channels);
                string together = snapshot.Channels.FindByName(recipient.Channel)?.Split switch
                {
                    CopySplit.Recipient => recipient.Address,
                    CopySplit.NextHop => host,
                    _ => "",
                };
                Key key = new(recipient.Channel, recipient.ReversePath, held, together);
                if (!groups.TryGetValue(key, out List<NewRecipient>? list)) groups[key] = list = [];
                list.Add(new NewRecipient(recipient.Address, host, recipient.OriginalRecipient, accepted.Notify, IsChecked(accepted, recipient)));
            }
        }

        return
        [
            .. groups.SelectMany(g => g.Value
                .Chunk(Math.Max(1, snapshot.Channels.FindByName(g.Key.Channel)?.AddressesPerFile ?? int.MaxValue))
                .Select(part => new NewCopy(g.Key.Channel.ToString(), g.Key.From, trace, g.Key.Held, [.. part]))),
        ];
    }

    /// <summary>
    /// The mark says that the ORIG_ tables were asked for what the client named and need not be asked for this address. A
    /// channel that hands mail back hides the address behind it from them, so there the mark is earned only by an alias of ours.
    /// </summary>
    private static bool IsChecked(AcceptedRecipient accepted, ExpandedRecipient recipient) =>
        accepted.Checked || recipient.ViaAlias || !DeliveryChannels.HandsBack(recipient.Channel);

    private static string DuplicateKey(string address)
    {
        int at = address.LastIndexOf('@');
        return at < 0 ? address : string.Concat(address.AsSpan(0, at), address[at..].ToLowerInvariant());
    }

    private readonly record struct Key(ChannelName Channel, string From, string? Held, string Together);
}
