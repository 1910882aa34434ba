using Postern.Smtp.Headers;

namespace Postern.Server.Delivery;

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
        }
    }
}
