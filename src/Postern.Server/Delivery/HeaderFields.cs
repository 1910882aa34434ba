using System.Text;
using Postern.Smtp.Headers;

namespace Postern.Server.Delivery;

/// <summary>The header block of a message, read once for the few questions deliveries ask of it.</summary>
internal sealed class HeaderFields
{
    /// <summary>No more of a message than this is searched for its header, in octets.</summary>
    public const int MaximumLength = 256 * 1024;

    private HeaderFields(ReadOnlyMemory<byte> block, bool isComplete) => (Block, IsComplete) = (block, isComplete);

    /// <summary>False when the header goes on behind <see cref="MaximumLength"/>.</summary>
    public bool IsWhole => IsComplete || Block.Length < MaximumLength;

    /// <summary>The fields as they came, without the empty line behind them.</summary>
    public ReadOnlyMemory<byte> Block { get; }

    /// <summary>The empty line behind the header was found.</summary>
    public bool IsComplete { get; }

    /// <param name="message">all of a message, or as much of it as holds the header.</param>
    public static HeaderFields Of(ReadOnlyMemory<byte> message) =>
        HeaderScan.TryFindEnd(message.Span, out int end) ? new(message[..end], isComplete: true) : new(message, isComplete: false);

    public static async Task<HeaderFields> ReadAsync(Stream message, CancellationToken cancellationToken)
    {
        byte[] block = new byte[8 * 1024];
        int length = 0;
        while (true)
        {
            int count = await message.ReadAsync(block.AsMemory(length), cancellationToken);
            length += count;
            if (HeaderScan.TryFindEnd(block.AsSpan(0, length), out int end)) return new HeaderFields(block.AsMemory(0, end), isComplete: true);
            if (count == 0 || length >= MaximumLength) return new HeaderFields(block.AsMemory(0, length), isComplete: false);
            if (length == block.Length) Array.Resize(ref block, Math.Min(MaximumLength, block.Length * 2));
        }
    }

    public int Count(ReadOnlySpan<byte> name) => HeaderScan.Count(Block.Span, name);

    /// <summary>The bodies of all fields of that name, unfolded and trimmed.</summary>
    public IEnumerable<string> Values(string name)
    {
        string[] lines = Encoding.UTF8.GetString(Block.Span).Split("\r\n");
        for (int i = 0; i < lines.Length; i++)
        {
            int colon = lines[i].IndexOf(':', StringComparison.Ordinal);
            if (colon < 0 || !lines[i].AsSpan(0, colon).TrimEnd().Equals(name, StringComparison.OrdinalIgnoreCase)) continue;
            StringBuilder value = new(lines[i][(colon + 1)..]);
            while (i + 1 < lines.Length && lines[i + 1] is [' ' or '\t', ..]) value.Append(lines[++i]);
            yield return value.ToString().Trim();
        }
    }
}
