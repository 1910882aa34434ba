<<<<<<< HEAD
using Postern.Queue;
=======
>>>>>>> i4-aliases
using Postern.Smtp.Headers;

namespace Postern.Server.Delivery;

<<<<<<< HEAD
/// <summary>The message of one copy: its header block, then the content, without the content's own header where the block is a whole one.</summary>
internal static class CopyStream
{
    /// <param name="headerBlock">as in <see cref="NewCopy.HeaderBlock"/>.</param>
    /// <param name="content">belongs to the stream that is returned.</param>
    /// <exception cref="QueueReadException">the content has no header to leave out; it had one when it was queued.</exception>
    public static async Task<Stream> OpenAsync(ReadOnlyMemory<byte>? headerBlock, Stream content, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> block = headerBlock ?? ReadOnlyMemory<byte>.Empty;
        if (!block.Span.EndsWith("\r\n\r\n"u8)) return new PrefixedStream(block, content);
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
                if (count == 0 || length >= HeaderFields.MaximumLength) throw new QueueReadException("the header of the content is gone");
                if (length == start.Length) Array.Resize(ref start, start.Length * 2);
            }
        }
        catch
        {
            await content.DisposeAsync();
            throw;
=======
/// <summary>
/// Opens a copy as it is to be delivered. A header block goes in front of the content; one that ends with an empty line is a
/// whole header, and the content's own is skipped. Only that header is ever in memory.
/// </summary>
internal static class CopyStream
{
    private const int Step = 8 * 1024;

    public static async Task<Stream> OpenAsync(ReadOnlyMemory<byte>? headerBlock, Stream content, CancellationToken cancellationToken)
    {
        ReadOnlyMemory<byte> block = headerBlock ?? ReadOnlyMemory<byte>.Empty;
        return IsWholeHeader(block.Span)
            ? new PrefixedStream(Concat(block, await BehindHeaderAsync(content, cancellationToken)), content)
            : new PrefixedStream(block, content);
    }

    private static byte[] Concat(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => [.. first.Span, .. second.Span];

    private static bool IsWholeHeader(ReadOnlySpan<byte> block) => block.EndsWith("\r\n\r\n"u8) || block.SequenceEqual("\r\n"u8);

    /// <summary>Reads past the header; what was read of the body with it.</summary>
    private static async Task<ReadOnlyMemory<byte>> BehindHeaderAsync(Stream content, CancellationToken cancellationToken)
    {
        byte[] read = new byte[Step];
        int length = 0;
        while (true)
        {
            int count = await content.ReadAsync(read.AsMemory(length), cancellationToken);
            if (count == 0) return ReadOnlyMemory<byte>.Empty;
            length += count;
            if (HeaderScan.TryFindEnd(read.AsSpan(0, length), out int end)) return read.AsMemory((end + 2)..length);
            if (length == read.Length) Array.Resize(ref read, read.Length * 2);
>>>>>>> i4-aliases
        }
    }
}
