using System.Buffers;
using System.Collections.Immutable;
using System.Globalization;
using System.IO.Pipelines;
using System.Text;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>
/// Reads replies of a next hop (RFC 5321 §4.2). Bounded: at most <see cref="MaximumLines"/> lines of
/// <see cref="MaximumLineLength"/> octets, so that a hostile peer cannot fill our memory.
/// </summary>
internal static class ReplyReader
{
    private const int MaximumLines = 256;
    private const int MaximumLineLength = 4096;

    /// <exception cref="SmtpPeerException">the peer closed, or sent something that is no reply.</exception>
    public static async Task<SmtpReply> ReadAsync(PipeReader input, CancellationToken cancellationToken)
    {
        ImmutableArray<string>.Builder lines = ImmutableArray.CreateBuilder<string>(1);
        int code = 0;
        EnhancedCode? enhanced = null;
        while (true)
        {
            string line = await ReadLineAsync(input, cancellationToken);
            if (line.Length < 3
                || !int.TryParse(line.AsSpan(0, 3), NumberStyles.None, CultureInfo.InvariantCulture, out int lineCode)
                || lineCode is < 200 or > 599
                || (line.Length > 3 && line[3] is not (' ' or '-')))
            {
                throw new SmtpPeerException($"not an SMTP reply: \"{Cut(line)}\"", isMalformed: true);
            }

            if (lines.Count > 0 && lineCode != code) throw new SmtpPeerException("a reply changed its code between lines", isMalformed: true);
            code = lineCode;
            string text = line.Length > 4 ? PrintableText.Of(line[4..]) : "";
            int blank = text.IndexOf(' ', StringComparison.Ordinal);
            ReadOnlySpan<char> head = blank < 0 ? text : text.AsSpan(0, blank);
            if (EnhancedCode.TryParse(head, out EnhancedCode parsed) && parsed.Class == code / 100)
            {
                enhanced ??= parsed;
                text = blank < 0 ? "" : text[(blank + 1)..];
            }

            lines.Add(text);
            if (line.Length == 3 || line[3] == ' ') return new SmtpReply(code, enhanced, lines.ToImmutable());
            if (lines.Count >= MaximumLines) throw new SmtpPeerException("a reply has too many lines", isMalformed: true);
        }
    }

    private static async Task<string> ReadLineAsync(PipeReader input, CancellationToken cancellationToken)
    {
        while (true)
        {
            ReadResult read = await input.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> buffer = read.Buffer;
            SequencePosition? end = buffer.PositionOf((byte)'\n');
            long length = end is { } at ? buffer.Slice(0, at).Length : buffer.Length;
            if (length > MaximumLineLength) throw new SmtpPeerException("a reply line is too long", isMalformed: true);
            if (end is { } lineEnd)
            {
                string line = Encoding.UTF8.GetString(buffer.Slice(0, lineEnd)).TrimEnd('\r');
                input.AdvanceTo(buffer.GetPosition(1, lineEnd));
                return line;
            }

            if (read.IsCompleted) throw new SmtpPeerException("the next hop closed the connection") { IsLost = true };
            input.AdvanceTo(buffer.Start, buffer.End);
        }
    }

    private static string Cut(string text) => PrintableText.Of(text.Length > 80 ? text[..80] + "..." : text);
}
