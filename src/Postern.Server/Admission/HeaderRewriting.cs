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
    /// <param name="copies">their header blocks are what is put in front of the header, or whole headers of their own.</param>
    /// <param name="header">the fields as received, without the empty line.</param>
    public static ImmutableArray<NewCopy> Apply(ImmutableArray<NewCopy> copies, ReadOnlyMemory<byte> header, MailPolicy policy, SessionFacts facts)
    {
        Dictionary<string, byte[]?> byChannel = new(StringComparer.OrdinalIgnoreCase);
        ImmutableArray<NewCopy>.Builder result = ImmutableArray.CreateBuilder<NewCopy>(copies.Length);
        foreach (NewCopy copy in copies)
        {
            ReadOnlySpan<byte> block = copy.HeaderBlock.Span;
            byte[]? changed;
            if (block.EndsWith(EmptyLine))
            {
                changed = policy.Headers.Rewrite(block[..^2], Context(facts, copy.Channel));
                block = [];
            }
            else if (!byChannel.TryGetValue(copy.Channel, out changed))
            {
                byChannel[copy.Channel] = changed = policy.Headers.Rewrite(header.Span, Context(facts, copy.Channel));
            }

            // The empty line at its end says that the block takes the place of the content's header.
            result.Add(changed is null ? copy : copy with { HeaderBlock = (byte[])[.. block, .. changed, (byte)'\r', (byte)'\n'] });
        }

        return result.MoveToImmutable();
    }

    private static ReadOnlySpan<byte> EmptyLine => "\r\n\r\n"u8;

    private static RewriteContext Context(SessionFacts facts, string destination) => new(
        facts.Source.Current, Envelope: false, Forward: true, new ChannelName(destination), facts.Source.Kind == SourceChannelReason.Requeued)
    {
        ClientHost = facts.HeloName,
    };
}
