using System.Buffers;

namespace Postern.Smtp.Framing;

/// <summary>
/// Makes a message ready for DATA (RFC 5321 §4.5.2): dots at the start of a line are doubled, CRLF.CRLF ends it.
/// </summary>
/// <remarks>
/// INVARIANT: no bare CR and no bare LF leaves us. Either becomes CRLF, so that no next hop sees an end of content where we
/// saw none. Mail that we received holds neither; what a program put into the queue may.
/// </remarks>
public static class DotStuffing
{
    private const int BlockSize = 32 * 1024;

    /// <summary>Copies all of <paramref name="message"/>, a short one in one write. An empty message becomes <c>.CRLF</c>, since the DATA line ended in CRLF.</summary>
    /// <param name="encoded">room to work in, empty; grows to little more than 32 KiB and can be used again.</param>
    public static async Task CopyAsync(Stream message, Stream to, ArrayBufferWriter<byte> encoded, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockSize);
        try
        {
            DotEncoder encoder = new();
            int count;
            while ((count = await message.ReadAsync(block.AsMemory(0, BlockSize), cancellationToken)) > 0)
            {
                encoder.Encode(block.AsSpan(0, count), encoded);
                if (encoded.WrittenCount < BlockSize) continue;
                await to.WriteAsync(encoded.WrittenMemory, cancellationToken);
                encoded.ResetWrittenCount();
            }

            encoder.Finish(encoded);
            await to.WriteAsync(encoded.WrittenMemory, cancellationToken);
            encoded.ResetWrittenCount();
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
