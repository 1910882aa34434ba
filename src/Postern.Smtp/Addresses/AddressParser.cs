using System.Collections.Immutable;
using System.Text;

namespace Postern.Smtp.Addresses;

/// <summary>
/// Reads an envelope address, without its angle brackets, into a <see cref="Mailbox"/>.
/// </summary>
/// <remarks>
/// <code>
/// path        = [ route ] address                             ; at most 1024 octets
/// route       = 1*( "@" domain ( "," / ":" ) )                ; the last one is ":"; RFC 5321 appendix C, "@a:@b:" is obsolete
/// address     = local-part [ "@" domain ]                     ; without domain: a bare local part
/// local-part  = word *( "." word )                            ; RFC 822 §6.1; at most 252 octets
/// word        = atom / quoted-string                          ; RFC 5321 §4.1.2
/// </code>
/// One pass from left to right, no backtracking. <c>%</c> and <c>!</c> are ordinary text here: which host they name is
/// decided by rewriting. Where parsers are known to disagree (a second <c>@</c>, text touching a quoted string, a backslash
/// outside quotes) the address is refused, since a guess here is a relay hole at the next hop.
/// Limits: no comments and no folding; those belong to headers and never to an envelope.
/// </remarks>
public static class AddressParser
{
    /// <summary>Octets of a whole path.</summary>
    public const int MaximumPath = 1024;

    /// <summary>Octets of a local part as written. RFC 5321 §4.5.3.1.1 promises 64 only; more is taken.</summary>
    public const int MaximumLocalPart = 252;

    /// <summary>Octets of a domain (RFC 5321 §4.5.3.1.2).</summary>
    public const int MaximumDomain = 255;

    /// <summary>Never throws.</summary>
    /// <param name="text">without angle brackets; the null reverse-path "" is no address.</param>
    /// <param name="smtpUtf8">UTF-8 is allowed in local part and domain (RFC 6531).</param>
    public static AddressParse Parse(string text, bool smtpUtf8)
    {
        if (Encoding.UTF8.GetByteCount(text) > MaximumPath) return Invalid($"longer than {MaximumPath} octets");
        if (FindForbidden(text) is { } forbidden) return Invalid(forbidden);
        Scanner scanner = new(text);
        if (!scanner.TryReadRoute(out ImmutableArray<MailDomain> route)
            || !scanner.TryReadLocalPart(out LocalPart? local)
            || !scanner.TryReadDomain(out MailDomain? domain))
        {
            return Invalid(scanner.Fault);
        }

        if (!smtpUtf8 && !Ascii.IsValid(text)) return new AddressParse.Invalid("needs SMTPUTF8", NeedsSmtpUtf8: true);
        return new AddressParse.Parsed(new Mailbox(route, local, domain));
    }

    private static AddressParse.Invalid Invalid(string reason) => new(reason, NeedsSmtpUtf8: false);

    private static string? FindForbidden(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (char.IsControl(c) || c is '\u2028' or '\u2029') return "control character";
            if (!char.IsSurrogate(c)) continue;
            if (!char.IsHighSurrogate(c) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return "malformed text";
            i++;
        }

        return null;
    }

    private ref struct Scanner(string text)
    {
        private int _position;

        public string Fault { get; private set; } = "";

        public bool TryReadRoute(out ImmutableArray<MailDomain> route)
        {
            route = [];
            if (!text.StartsWith('@')) return true;
            ImmutableArray<MailDomain>.Builder hosts = ImmutableArray.CreateBuilder<MailDomain>();
            while (true)
            {
                if (Peek() != '@') return Fail("a source route is a list of @host");
                int start = ++_position;
                int end = EndOfRouteHost(start);
                if (end < 0) return Fail("source route without an address");
                if (!TryDomain(text.AsSpan(start, end - start), out MailDomain? host)) return false;
                hosts.Add(host);
                _position = end + 1;
                if (text[end] == ':' && Peek() != '@')
                {
                    route = hosts.ToImmutable();
                    return true;
                }
            }
        }

        public bool TryReadLocalPart([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LocalPart? local)
        {
            local = null;
            int start = _position;
            bool quoted = false;

            // Nearly every local part is its own value: a copy is made where something is quoted.
            StringBuilder? value = text.AsSpan(start).Contains('"') ? new StringBuilder(text.Length - start) : null;
            while (true)
            {
                bool isQuoted = Peek() == '"';
                if (!(isQuoted ? TryReadQuoted(value!) : TryReadAtom(value))) return false;
                quoted |= isQuoted;
                char next = Peek();
                if (next == '.')
                {
                    value?.Append('.');
                    _position++;
                    continue;
                }

                if (next is '@' or EndOfText) break;
                if (next == '"' || isQuoted) return Fail("text touches a quoted string");
                return Fail(next == '\\' ? "backslash outside quotes" : $"\"{next}\" outside quotes");
            }

            if (Encoding.UTF8.GetByteCount(text.AsSpan(start, _position - start)) > MaximumLocalPart)
                return Fail($"local part longer than {MaximumLocalPart} octets");
            local = new LocalPart(value is null ? text[start.._position] : value.ToString(), quoted);
            return true;
        }

        public bool TryReadDomain(out MailDomain? domain)
        {
            domain = null;
            if (Peek() == EndOfText) return true;
            _position++;
            return TryDomain(text.AsSpan(_position), out domain);
        }

        private bool TryReadAtom(StringBuilder? value)
        {
            int start = _position;
            while (Peek() is var c and not EndOfText && (c >= 0x80 || LocalPartText.AtomText.Contains(c))) _position++;
            if (_position == start)
            {
                return Fail(Peek() switch
                {
                    '.' => "empty word in the local part",
                    '@' or EndOfText => start > 0 && text[start - 1] == '.' ? "empty word in the local part" : "empty local part",
                    '\\' => "backslash outside quotes",
                    var c => $"\"{c}\" outside quotes",
                });
            }

            value?.Append(text, start, _position - start);
            return true;
        }

        private bool TryReadQuoted(StringBuilder value)
        {
            _position++;
            while (true)
            {
                char c = Peek();
                if (c == EndOfText) return Fail("quoted string without end");
                _position++;
                if (c == '"') return true;
                if (c == '\\')
                {
                    c = Peek();
                    if (c == EndOfText) return Fail("quoted string without end");
                    _position++;
                }

                value.Append(c);
            }
        }

        private readonly int EndOfRouteHost(int start)
        {
            int from = start;
            if (from < text.Length && text[from] == '[')
            {
                from = text.IndexOf(']', from);
                if (from < 0) return -1;
            }

            return text.AsSpan(from).IndexOfAny(',', ':') is var offset and >= 0 ? from + offset : -1;
        }

        private bool TryDomain(ReadOnlySpan<char> domainText, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out MailDomain? domain)
        {
            if (domainText.Contains('@'))
            {
                domain = null;
                return Fail("second \"@\"");
            }

            domain = DomainParser.Parse(domainText, out string fault);
            return domain is not null || Fail(fault);
        }

        // Control characters have been refused before, so NUL can stand for the end.
        private const char EndOfText = '\0';

        private readonly char Peek() => _position < text.Length ? text[_position] : EndOfText;

        private bool Fail(string fault)
        {
            Fault = fault;
            return false;
        }
    }
}
