using System.Text;
using Postern.Policy.Aliases;
using Postern.Policy.Configuration;

namespace Postern.Server.Admission;

/// <summary>
/// The header block of each copy. Most copies get trace fields put in front of the content as it came; a copy that a list
/// works on gets a whole header of its own, made once for all copies through the same lists.
/// </summary>
/// <param name="trace">the trace fields, whole lines with CRLF; they may depend on the lists.</param>
/// <param name="header">the header as received, without the empty line behind it; no longer than the caller bounds it.</param>
public sealed class CopyHeaders(ConfigurationSnapshot snapshot, Func<ListPath?, string> trace, ReadOnlyMemory<byte> header)
{
    private readonly Dictionary<ListPath, ReadOnlyMemory<byte>> _made = [];
    private ReadOnlyMemory<byte>? _plain;

    public ReadOnlyMemory<byte> For(ListPath? lists)
    {
        if (lists is null) return _plain ??= Encoding.UTF8.GetBytes(trace(null));
        if (!_made.TryGetValue(lists, out ReadOnlyMemory<byte> block)) _made[lists] = block = Whole(lists);
        return block;
    }

    /// <summary>INVARIANT: ends with an empty line, which is what makes it take the place of the content's own header.</summary>
    private byte[] Whole(ListPath lists)
    {
        ReadOnlyMemory<byte> edited = ListHeader.Edit(header, lists, snapshot);
        bool isOpen = !edited.IsEmpty && !edited.Span.EndsWith("\r\n"u8);
        return [.. Encoding.UTF8.GetBytes(trace(lists)), .. edited.Span, .. isOpen ? "\r\n"u8 : [], .. "\r\n"u8];
    }
}
