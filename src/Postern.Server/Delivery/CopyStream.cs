using Postern.Queue;
using Postern.Smtp.Headers;

namespace Postern.Server.Delivery;

/// <summary>
/// The message of one copy: its header block, then the content, without the content's own header where the block is a whole one.
/// Content without an empty line is a header and nothing else.
/// </summary>
internal static class CopyStream
{
    /// <param name="headerBlock">as in <see cref="NewCopy.HeaderBlock"/>.</param>
    /// <param name="content">belongs to the stream that is returned.</param>
    /// <exception cref="QueueReadException">the header to leave out does not end where it did when it was queued.</exception>
    public static async Task<Stream> OpenAsync(ReadOnlyMemory<byte>? headerBlock, Stream content, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> block = headerBlock ?? ReadOnlyMemory<byte>.Empty;
        if (!IsWholeHeader(block.Span)) return new PrefixedStream(block, content);
        try
        {
            byte[] start = new byte[8 * 1024];
            int length = 0;
            while (true)
            {
                int count = await content.ReadAsync(start.AsMemory(length), cancellationToken);
                length += count;
                if (HeaderScan.TryFindEnd(start.AsSpan(0, length), out int end))
                    return new PrefixedStream(block, new PrefixedStream(start.AsMemory((end + 2)..length), content));
                if (count == 0) return new PrefixedStream(block, content);
                if (length >= HeaderFields.MaximumLength) throw new QueueReadException("the header of the content is gone");
                if (length == start.Length) Array.Resize(ref start, start.Length * 2);
            }
        }
        catch
        {
            await content.DisposeAsync();
            throw;
        }
    }

    private static bool IsWholeHeader(ReadOnlySpan<byte> block) => block.EndsWith("\r\n\r\n"u8) || block.SequenceEqual("\r\n"u8);
}
