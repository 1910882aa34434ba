using System.Text;

namespace Postern.Smtp.Headers;

// A header block is cut into fields, each the octets from its name to the CRLF before the next one, folding included.
// Edits move whole fields; what no edit names stays octet for octet, so signatures over untouched fields survive. Added
// fields stand before the old ones, which keeps trace fields in the order of time. Lines that are no field stay where
// they are. Cost: edits times fields; the caller bounds the block.

/// <summary>Applies edits to a header block (RFC 5322 §2.2), in their order.</summary>
public static class HeaderEditor
{
    private sealed record Field(string Name, ReadOnlyMemory<byte> Octets);

    /// <param name="header">whole lines with CRLF, without the empty line behind them.</param>
    /// <returns>the same form; the input itself when there are no edits.</returns>
    public static ReadOnlyMemory<byte> Apply(ReadOnlyMemory<byte> header, IEnumerable<HeaderEdit> edits)
    {
        List<Field>? fields = null;
        foreach (HeaderEdit edit in edits)
        {
            fields ??= Split(header);
            switch (edit)
            {
                case HeaderEdit.Remove remove:
                    fields.RemoveAll(f => Is(f, remove.Name));
                    break;
                case HeaderEdit.Limit limit:
                    int seen = 0;
                    fields.RemoveAll(f => Is(f, limit.Name) && ++seen > limit.Most);
                    break;
                case HeaderEdit.Add add:
                    Add(fields, add);
                    break;
                case HeaderEdit.TagSubject tag:
                    Tag(fields, tag.Tag);
                    break;
                default:
                    throw new InvalidOperationException($"unknown edit {edit.GetType().Name}");
            }
        }

        return fields is null ? header : Join(fields);
    }

    /// <summary>The bodies of all fields of that name, unfolded and trimmed.</summary>
    public static IEnumerable<string> Values(ReadOnlyMemory<byte> header, string name) => Split(header).Where(f => Is(f, name)).Select(Body);

    private static void Add(List<Field> fields, HeaderEdit.Add add)
    {
        int old = fields.FindIndex(f => Is(f, add.Name));
        if (add.Mode == HeaderAddition.Replace) fields.RemoveAll(f => Is(f, add.Name));
        else if (old >= 0 && add.Mode == HeaderAddition.IfAbsent) return;
        else if (old >= 0 && add.Mode == HeaderAddition.Append)
        {
            ReadOnlyMemory<byte> before = fields[old].Octets.TrimEnd("\r\n"u8);
            fields[old] = fields[old] with { Octets = Concat(before, Encoding.UTF8.GetBytes($",\r\n {add.Value}\r\n")) };
            return;
        }

        string name = old >= 0 && add.Mode == HeaderAddition.Resent ? $"Resent-{add.Name}" : add.Name;
        fields.Insert(0, new Field(name, Encoding.UTF8.GetBytes($"{name}: {add.Value}\r\n")));
    }

    private static void Tag(List<Field> fields, string tag)
    {
        string text = EncodedWord.Of(tag.Trim());
        int subject = fields.FindIndex(f => Is(f, "Subject"));
        if (subject < 0)
        {
            fields.Insert(0, new Field("Subject", Encoding.UTF8.GetBytes($"Subject: {text}\r\n")));
            return;
        }

        ReadOnlyMemory<byte> octets = fields[subject].Octets;
        if (Body(fields[subject]).Contains(text, StringComparison.Ordinal)) return;
        ReadOnlyMemory<byte> value = octets[(octets.Span.IndexOf((byte)':') + 1)..].TrimStart(" \t"u8);
        fields[subject] = new Field("Subject", Concat(Encoding.UTF8.GetBytes($"Subject: {text} "), value));
    }

    private static List<Field> Split(ReadOnlyMemory<byte> header)
    {
        List<Field> fields = [];
        while (!header.IsEmpty)
        {
            int end = 0;
            do
            {
                int line = header.Span[end..].IndexOf("\r\n"u8);
                end = line < 0 ? header.Length : end + line + 2;
            }
            while (end < header.Length && header.Span[end] is (byte)' ' or (byte)'\t');

            ReadOnlyMemory<byte> octets = header[..end];
            header = header[end..];
            int colon = octets.Span.IndexOf((byte)':');
            fields.Add(new Field(colon > 0 ? Encoding.ASCII.GetString(octets.Span[..colon].TrimEnd(" \t"u8)) : "", octets));
        }

        return fields;
    }

    private static string Body(Field field)
    {
        string text = Encoding.UTF8.GetString(field.Octets.Span);
        return text[(text.IndexOf(':', StringComparison.Ordinal) + 1)..].Replace("\r\n", "", StringComparison.Ordinal).Trim();
    }

    private static byte[] Join(List<Field> fields)
    {
        byte[] block = new byte[fields.Sum(f => f.Octets.Length)];
        int at = 0;
        foreach (Field field in fields)
        {
            field.Octets.CopyTo(block.AsMemory(at));
            at += field.Octets.Length;
        }

        return block;
    }

    private static byte[] Concat(ReadOnlyMemory<byte> first, ReadOnlyMemory<byte> second) => [.. first.Span, .. second.Span];

    private static bool Is(Field field, string name) => field.Name.Equals(name, StringComparison.OrdinalIgnoreCase);
}
