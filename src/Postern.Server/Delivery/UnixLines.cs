using System.Buffers;

namespace Postern.Server.Delivery;

/// <summary>Copies a message as programs and mailboxes of the host want it: lines end with LF, and may be quoted.</summary>
internal static class UnixLines
{
    private const int BlockSize = 64 * 1024;

    /// <param name="quoteFrom">a line that begins with <c>From </c>, behind any number of <c>&gt;</c>, gets one <c>&gt;</c> more (mboxrd).</param>
    public static async Task CopyAsync(Stream message, Stream target, bool quoteFrom, CancellationToken cancellationToken)
    {
        byte[] block = ArrayPool<byte>.Shared.Rent(BlockSize);
        ArrayBufferWriter<byte> lines = new(BlockSize);
        UnixLineWriter writer = new(lines, quoteFrom);
        try
        {
            int count;
            while ((count = await message.ReadAsync(block.AsMemory(0, BlockSize), cancellationToken)) > 0)
            {
                writer.Write(block.AsSpan(0, count));
                await target.WriteAsync(lines.WrittenMemory, cancellationToken);
                lines.ResetWrittenCount();
            }

            writer.Finish();
            await target.WriteAsync(lines.WrittenMemory, cancellationToken);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(block);
        }
    }
}
