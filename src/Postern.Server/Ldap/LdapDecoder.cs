using System.Collections.Immutable;
using System.Formats.Asn1;
using System.Text;
using Postern.Mapping.Evaluation;

namespace Postern.Server.Ldap;

// LDAPMessage       = SEQUENCE { messageID INTEGER, protocolOp, controls [0] OPTIONAL }
// SearchResultEntry = [APPLICATION 4] SEQUENCE { objectName, SEQUENCE OF SEQUENCE { type, vals SET OF value } }
// LDAPResult        = { resultCode ENUMERATED, matchedDN, diagnosticMessage, referral [3] OPTIONAL }
//
// The bytes come from a server that may be broken or hostile. A message is first framed by its outer length alone, which has a
// limit; then it is read to a fixed depth, so that nesting costs nothing. INVARIANT: whatever the bytes are, the outcome is a
// message, "need more", or a fault; never an exception.

/// <summary>Reads what an LDAP server sends (RFC 4511 §4.1.1, §5.1).</summary>
public static class LdapDecoder
{
    /// <summary>Octets of one message.</summary>
    public const int MaximumMessage = 4 * 1024 * 1024;

    /// <summary>Octets before the content of a message: tag, and a length of at most four octets.</summary>
    private const int LongestHead = 6;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);
    private static readonly Asn1Tag EntryTag = new(TagClass.Application, 4, isConstructed: true);
    private static readonly Asn1Tag DoneTag = new(TagClass.Application, 5, isConstructed: true);
    private static readonly Asn1Tag ReferenceTag = new(TagClass.Application, 19, isConstructed: true);
    private static readonly Asn1Tag BindTag = new(TagClass.Application, 1, isConstructed: true);
    private static readonly Asn1Tag ExtendedTag = new(TagClass.Application, 24, isConstructed: true);

    /// <summary>The octets of the message that begins here, head included; 0 while that cannot be said yet.</summary>
    /// <param name="fault">why this can be no message; null otherwise.</param>
    public static int Length(ReadOnlySpan<byte> bytes, out string? fault)
    {
        fault = null;
        if (bytes.IsEmpty) return 0;
        if (bytes[0] != 0x30) return Fail("what came is no LDAP message", out fault);
        if (bytes.Length < 2) return 0;
        int first = bytes[1];
        if (first < 0x80) return 2 + first;
        int octets = first - 0x80;
        if (octets is 0 or > LongestHead - 2) return Fail("a message is too long", out fault);
        if (bytes.Length < 2 + octets) return 0;
        long length = 0;
        for (int i = 0; i < octets; i++) length = (length << 8) | bytes[2 + i];
        return length > MaximumMessage ? Fail("a message is too long", out fault) : 2 + octets + (int)length;
    }

    /// <param name="bytes">one whole message.</param>
    /// <param name="fault">why it is none; null when it is one.</param>
    public static LdapMessage? Decode(ReadOnlyMemory<byte> bytes, out string? fault)
    {
        fault = null;
        try
        {
            AsnReader outer = new(bytes, AsnEncodingRules.BER);
            AsnReader message = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            if (message.TryReadInt32(out int id) && id >= 0 && Operation(id, message) is { } read) return read;
            fault = "a message is of no kind that was asked for";
        }
        catch (Exception e) when (e is AsnContentException or DecoderFallbackException)
        {
            fault = $"a message cannot be read: {e.Message}";
        }

        return null;
    }

    private static LdapMessage? Operation(int id, AsnReader message)
    {
        Asn1Tag tag = message.PeekTag();
        if (tag == EntryTag) return new LdapMessage.Entry(id, Entry(message.ReadSequence(EntryTag)));
        if (tag == DoneTag) return new LdapMessage.SearchDone(id, Result(message.ReadSequence(DoneTag)));
        if (tag == BindTag) return new LdapMessage.BindDone(id, Result(message.ReadSequence(BindTag)));
        if (tag == ExtendedTag) return new LdapMessage.ExtendedDone(id, Result(message.ReadSequence(ExtendedTag)));
        return tag == ReferenceTag ? new LdapMessage.Reference(id) : null;
    }

    private static LdapResult Result(AsnReader result)
    {
        ReadOnlySpan<byte> code = result.ReadEnumeratedBytes().Span;
        result.ReadOctetString();
        string text = Encoding.UTF8.GetString(result.ReadOctetString());
        int number = code.Length == 1 ? code[0] : code.Length == 2 ? (code[0] << 8) | code[1] : int.MaxValue;
        return new LdapResult(number, text);
    }

    private static DirectoryEntry Entry(AsnReader entry)
    {
        string name = Utf8.GetString(entry.ReadOctetString());
        AsnReader list = entry.ReadSequence();
        Dictionary<string, ImmutableArray<string>> attributes = new(StringComparer.OrdinalIgnoreCase);
        while (list.HasData)
        {
            AsnReader attribute = list.ReadSequence();
            string type = Utf8.GetString(attribute.ReadOctetString());
            int options = type.IndexOf(';', StringComparison.Ordinal);
            if (options >= 0) type = type[..options];
            AsnReader values = attribute.ReadSetOf(skipSortOrderValidation: true);
            ImmutableArray<string>.Builder texts = ImmutableArray.CreateBuilder<string>();
            while (values.HasData)
            {
                // A value that is no text (a photo, a key) is none of ours.
                if (Text(values.ReadOctetString()) is { } text) texts.Add(text);
            }

            attributes[type] = attributes.GetValueOrDefault(type, []).AddRange(texts.DrainToImmutable());
        }

        return new DirectoryEntry(name, attributes);
    }

    private static string? Text(byte[] value)
    {
        if (!System.Text.Unicode.Utf8.IsValid(value)) return null;
        return Encoding.UTF8.GetString(value);
    }

    private static int Fail(string text, out string? fault)
    {
        fault = text;
        return 0;
    }
}
