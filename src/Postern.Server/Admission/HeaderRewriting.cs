using System.Collections.Immutable;
using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Policy.Rewriting;
using Postern.Queue;

namespace Postern.Server.Admission;

/// <summary>
/// Leads the addresses of the header through the rewrite rules, for each destination channel by itself since rules may ask for it. A copy
/// whose header changes carries the whole changed header; the others, nearly always all, share the content as it came.
/// </summary>
internal static class HeaderRewriting
{
    /// <param name="copies">their header blocks are what is put in front of the header.</param>
    /// <param name="header">the fields as received, without the empty line.</param>
    public static ImmutableArray<NewCopy> Apply(ImmutableArray<NewCopy> copies, ReadOnlyMemory<byte> header, MailPolicy policy, SessionFacts facts)
    {
        Dictionary<string, byte[]?> byChannel = new(StringComparer.OrdinalIgnoreCase);
        ImmutableArray<NewCopy>.Builder result = ImmutableArray.CreateBuilder<NewCopy>(copies.Length);
        foreach (NewCopy copy in copies)
        {
            if (!byChannel.TryGetValue(copy.Channel, out byte[]? changed))
            {
                RewriteContext context = new(
                    facts.Source.Current, Envelope: false, Forward: true, new ChannelName(copy.Channel), facts.Source.Kind == SourceChannelReason.Requeued)
                {
                    ClientHost = facts.HeloName,
                };
                byChannel[copy.Channel] = changed = policy.Headers.Rewrite(header.Span, context);
            }

            result.Add(changed is null ? copy : copy with { HeaderBlock = Whole(copy.HeaderBlock.Span, changed) });
        }

        return result.MoveToImmutable();
    }

    /// <summary>The empty line at its end says that it takes the place of the content's header.</summary>
    private static byte[] Whole(ReadOnlySpan<byte> before, ReadOnlySpan<byte> header) => [.. before, .. header, (byte)'\r', (byte)'\n'];
}
