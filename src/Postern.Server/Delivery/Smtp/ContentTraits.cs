using System.Buffers;
using System.Text;
using Postern.Smtp.Framing;

namespace Postern.Server.Delivery.Smtp;

/// <summary>What a message asks of a host that is to take it, whatever its sender declared.</summary>
/// <param name="Length">octets.</param>
/// <param name="IsBinary">it is not made of lines: a bare CR or LF, a NUL, a line that is too long.</param>
internal sealed record ContentTraits(long Length, bool HasEightBit, bool IsBinary)
{
    private const int BlockSize = 16 * 1024;

    public static async Task<ContentTraits> OfAsync(Stream message, CancellationToken cancellationToken)
    {
        ContentDecoder lines = new(form: ContentForm.Chunked);
        ArrayBufferWriter<byte> ignored = new(BlockSize);
        byte[] block = new byte[BlockSize];
        bool hasEightBit = false;
        long length = 0;
        int count;
        while ((count = await message.ReadAsync(block, cancellationToken)) > 0)
        {
            length += count;
            hasEightBit = hasEightBit || !Ascii.IsValid(block.AsSpan(0, count));
            lines.Decode(block.AsSpan(0, count), ignored);
            ignored.ResetWrittenCount();
        }

        lines.Finish();
        return new ContentTraits(length, hasEightBit, lines.HasFault);
    }
}
