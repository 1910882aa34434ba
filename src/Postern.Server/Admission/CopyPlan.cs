using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Smtp.Addresses;

namespace Postern.Server.Admission;

/// <summary>Splits the recipients of a transaction into the copies that are queued: one per destination channel, envelope From and hold reason.</summary>
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
        Dictionary<(ChannelName Channel, string From, string? Held), List<NewRecipient>> copies = [];
        HashSet<(ChannelName, string, string)> seen = [];
        foreach (AcceptedRecipient accepted in recipients)
        {
            if (accepted.Decision.Verdict == Verdict.Discard) continue;
            foreach (ExpandedRecipient recipient in accepted.Decision.Recipients)
            {
                // The same mailbox named twice, or reached by two aliases, gets one copy (RFC 5321 §4.1.1.3 leaves it to us).
                if (!seen.Add((recipient.Channel, recipient.ReversePath, DuplicateKey(recipient.Address)))) continue;
                string? held = recipient.Held ?? holdReason ?? (accepted.Decision.Verdict == Verdict.Hold ? "held by an access table" : null);
                (ChannelName, string, string?) key = (recipient.Channel, recipient.ReversePath, held);
                if (!copies.TryGetValue(key, out List<NewRecipient>? list)) copies[key] = list = [];
                list.Add(new NewRecipient(
                    recipient.Address,
                    NextHop.Of(recipient, snapshot.Channels),
                    recipient.OriginalRecipient,
                    DsnNotify.None,
                    Checked: true));
            }
        }

        return
        [
            .. copies.Select(c => new NewCopy(
                c.Key.Channel.ToString(), c.Key.From, trace, c.Key.Held, [.. c.Value])),
        ];
    }

    private static string DuplicateKey(string address)
    {
        int at = address.LastIndexOf('@');
        return at < 0 ? address : string.Concat(address.AsSpan(0, at), address[at..].ToLowerInvariant());
    }
}
