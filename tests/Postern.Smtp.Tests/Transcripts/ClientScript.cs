using System.Text;
using Postern.Smtp.Tests.Conformance;

namespace Postern.Smtp.Tests.Transcripts;

/// <summary>The client's side of a transcript: hands out packets and events in order.</summary>
internal sealed class ClientScript(IEnumerable<string> dialogue, Split split)
{
    /// <summary>Commands that stand last in a pipelined group (RFC 2920 §3.1, RFC 3207, RFC 4954).</summary>
    private static readonly string[] EndsGroup = ["EHLO", "HELO", "DATA", "VRFY", "EXPN", "NOOP", "QUIT", "STARTTLS", "AUTH", "XCLIENT"];

    private readonly Queue<string> _left = new(dialogue.Where(l => !l.StartsWith('S')));
    private readonly Queue<byte> _bytes = new();

    /// <summary>The next event, when one is due before any more bytes; null otherwise.</summary>
    public string? TakeEvent() => _bytes.Count == 0 && _left.TryPeek(out string? next) && next.StartsWith('E') ? _left.Dequeue() : null;

    /// <summary>The next packet, and the lines of the transcript it was made of; null when the script has ended.</summary>
    public (byte[] Bytes, IReadOnlyList<string> Lines)? TakePacket(bool inContent, bool inSasl)
    {
        if (_bytes.Count > 0) return ([_bytes.Dequeue()], []);
        if (!_left.TryPeek(out string? next) || next.StartsWith('E')) return null;
        List<string> lines = [_left.Dequeue()];
        bool asWritten = Text(lines[0]).Contains('|', StringComparison.Ordinal);
        if (split == Split.Whole && !inSasl && !asWritten) TakeGroup(lines, inContent);
        byte[] bytes = [.. lines.SelectMany(Bytes)];
        if (split != Split.Byte || asWritten) return (bytes, lines);
        foreach (byte b in bytes.Skip(1)) _bytes.Enqueue(b);
        return (bytes[..1], lines);
    }

    private void TakeGroup(List<string> lines, bool inContent)
    {
        while (true)
        {
            string text = Text(lines[^1]);
            if (inContent) inContent = text != ".";
            else if (EndsGroup.Contains(text.Split(' ')[0].ToUpperInvariant())) return;
            if (!_left.TryPeek(out string? next) || next.StartsWith('E') || Text(next).Contains('|', StringComparison.Ordinal)) return;
            lines.Add(_left.Dequeue());
        }
    }

    private static IEnumerable<byte> Bytes(string line) =>
        Text(line).Split('|').SelectMany(part => Encoding.UTF8.GetBytes(Case.Unescape(part) + "\r\n"));

    private static string Text(string line) => line.Length > 3 ? line[3..] : "";
}
