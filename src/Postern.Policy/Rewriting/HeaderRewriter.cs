using System.Collections.Frozen;
using System.Text;
using Postern.Smtp.Addresses;
using Postern.Smtp.Headers;

namespace Postern.Policy.Rewriting;

// Idea: find each address of the fields that hold addresses, lead it through the rules, and put what they made of it in the
// place of the old one. INVARIANT: an octet that belongs to no changed address is not touched, so folding, comments, display
// names and every other field stay as they came, and a header in which nothing changes is the same header: signatures over it
// still hold. A field that is no address list, an address that is none, one that rules refuse, cannot decide about or turn
// into no address: each stays as it was, and never is a reason to refuse mail.
//
// Cost: one rewriting for each different address of a header. BUGS: fields of messages inside the message are left alone.

/// <summary>Rewrites the addresses in the header of a message for one destination channel (Administration Guide 6.3, ch. 9 and 11).</summary>
/// <param name="reversal">
/// asked for each address after the rules, with what they made of it and its context (<see cref="RewriteContext.Forward"/> tells senders
/// from recipients); its answer takes the address's place. Null changes nothing.
/// </param>
public sealed class HeaderRewriter(Rewriter rewriter, Func<Mailbox, RewriteContext, Mailbox>? reversal = null)
{
    /// <summary>A header with more addresses is left as it is.</summary>
    public const int MaximumAddresses = 10_000;

    /// <summary>Octets of a line without its end (RFC 5322 §2.1.1).</summary>
    private const int MaximumLine = 998;

    /// <summary>Whether the addresses of a field point forward, to recipients.</summary>
    private static readonly FrozenDictionary<string, bool> Fields = new Dictionary<string, bool>
    {
        ["To"] = true,
        ["Cc"] = true,
        ["Bcc"] = true,
        ["Resent-To"] = true,
        ["Resent-Cc"] = true,
        ["Resent-Bcc"] = true,
        ["From"] = false,
        ["Sender"] = false,
        ["Reply-To"] = false,
        ["Resent-From"] = false,
        ["Resent-Sender"] = false,
        ["Resent-Reply-To"] = false,
        ["Return-Path"] = false,
        ["Errors-To"] = false,
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <param name="header">whole lines, without the empty line behind them.</param>
    /// <param name="context">the source channel and the client's name, and the destination channel; envelope and direction are set here.</param>
    /// <returns>the header with its changes, or null when there are none.</returns>
    public byte[]? Rewrite(ReadOnlySpan<byte> header, RewriteContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        RewriteContext forward = context with { Envelope = false, Forward = true }, backward = context with { Envelope = false, Forward = false };
        Dictionary<(string, bool), string?> known = [];
        List<AddressSpan> spans = [];
        List<Edit> edits = [];
        int addresses = 0;
        for (int start = 0, next; start < header.Length; start = next)
        {
            next = start + HeaderScan.FieldLength(header[start..]);
            ReadOnlySpan<byte> field = header[start..next];
            int colon = field.IndexOf((byte)':');
            if (colon <= 0 || !IsAddressField(field[..colon], out bool isForward)) continue;
            spans.Clear();
            ReadOnlySpan<byte> body = field[(colon + 1)..];
            if (body.EndsWith("\r\n"u8)) body = body[..^2];
            if (!AddressListScan.TryScan(body, spans)) continue;
            if ((addresses += spans.Count) > MaximumAddresses) return null;
            foreach (AddressSpan span in spans)
            {
                if (!known.TryGetValue((span.Text, isForward), out string? changed))
                    known[(span.Text, isForward)] = changed = Changed(span.Text, isForward ? forward : backward);
                if (changed is null) continue;

                // A route needs angle brackets around it.
                string text = changed.StartsWith('@') && !span.InAngle ? $"<{changed}>" : changed;
                edits.Add(new Edit(start + colon + 1 + span.Start, span.Length, text));
            }
        }

        return edits.Count == 0 ? null : Apply(header, edits);
    }

    private static bool IsAddressField(ReadOnlySpan<byte> name, out bool isForward)
    {
        name = name.TrimEnd(" \t"u8);
        Span<char> text = stackalloc char[16];
        isForward = false;
        return name.Length <= text.Length && Ascii.ToUtf16(name, text, out int length) == System.Buffers.OperationStatus.Done
            && Fields.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text[..length], out isForward);
    }

    /// <returns>the new text, or null when the address stays as it is.</returns>
    private string? Changed(string text, RewriteContext context)
    {
        if (AddressParser.Parse(text, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var address }) return null;

        // A quoted string alone is a name without its address, not a local part that wants a domain.
        if (address is { Domain: null, Route.IsEmpty: true, Local.WasQuoted: true }) return null;
        Mailbox result = rewriter.Rewrite(address, context) is RewriteResult.Success success ? success.Address : address;
        if (reversal is not null) result = reversal(result, context);
        string changed = result.ToString();
        return changed != address.ToString() && AddressParser.Parse(changed, smtpUtf8: true) is AddressParse.Parsed ? changed : null;
    }

    private static byte[] Apply(ReadOnlySpan<byte> header, List<Edit> edits)
    {
        MemoryStream output = new(header.Length + 256);
        int line = 0, done = 0;
        foreach (Edit edit in edits)
        {
            Write(output, header[done..edit.Start], ref line);
            byte[] text = Encoding.UTF8.GetBytes(edit.Text);
            if (line + text.Length + RestOfLine(header[(edit.Start + edit.Length)..]) > MaximumLine) Write(output, "\r\n\t"u8, ref line);
            Write(output, text, ref line);
            done = edit.Start + edit.Length;
        }

        Write(output, header[done..], ref line);
        return output.ToArray();
    }

    private static int RestOfLine(ReadOnlySpan<byte> rest) => rest.IndexOf("\r\n"u8) is var end and >= 0 ? end : rest.Length;

    /// <param name="line">octets of the last line of the output.</param>
    private static void Write(MemoryStream output, ReadOnlySpan<byte> text, ref int line)
    {
        output.Write(text);
        int end = text.LastIndexOf((byte)'\n');
        line = end < 0 ? line + text.Length : text.Length - end - 1;
    }

    private readonly record struct Edit(int Start, int Length, string Text);
}
