using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Mapping.Text;

namespace Postern.Mapping.Patterns;

/// <summary>
/// Reads the left column of an entry.
/// <code>
/// pattern   = *( literal / "%" / "*" / "$" quoted / "$" 1*modifier [ "$" ] [ wildcard ] / "$" wildcard )
/// quoted    = "*" / "%" / "$" / SP / TAB
/// modifier  = "_" / "@" / "^"
/// wildcard  = class ( "%" / "*" ) / "[" glob "]" ( "%" / "*" ) / DIGIT [ "*" ]
///           / "&lt;" ipv4 [ "/" bits ] "&gt;" / "(" ipv4 [ "/" bits ] ")" / "{" ipv6 [ "/" bits ] "}" / "*" / "%"
/// </code>
/// A modifier waits for the next wildcard, and a bare "*" or "%" counts as that wildcard only after a modifier's dollar.
/// </summary>
internal sealed class PatternParser(string text, SourcePosition at, ICollection<Diagnostic> diagnostics)
{
    private readonly ImmutableArray<PatternElement>.Builder _elements = ImmutableArray.CreateBuilder<PatternElement>();
    private readonly StringBuilder _literal = new();
    private int _next;
    private int _saved;
    private bool _lazy;
    private bool _unsaved;
    private bool _modified;
    private bool _failed;

    /// <summary>The pattern, or null after an error.</summary>
    public Pattern? Parse()
    {
        while (_next < text.Length && !_failed)
        {
            char c = text[_next++];
            if (c == '$')
                ReadDollar();
            else if (c is '*' or '%')
                AddWildcard(CharacterSet.All, c);
            else
                AddLiteral(c);
        }

        if (_modified)
            Warn("a modifier without a wildcard after it has no effect");

        FlushLiteral();
        return _failed ? null : new Pattern(text, _elements.ToImmutable());
    }

    private void ReadDollar()
    {
        int dollar = _next - 1;
        bool shared = false;
        while (_next < text.Length && text[_next] is '_' or '@' or '^')
        {
            Modify(text[_next++]);
            shared = true;
            // "$_$D*" and "$_@*" mean the same as "$_D*" and "$_@*": the second dollar is optional, unless it quotes.
            if (_next + 1 < text.Length && text[_next] == '$' && IsWildcardLetter(text[_next + 1]))
                _next++;
        }

        if (_next == text.Length)
        {
            if (!shared)
                Fail("\"$\" at the end of the pattern; was a space after it lost?");

            return;
        }

        char c = text[_next];
        if (shared && !IsWildcardLetter(c) && c is not ('*' or '%'))
        {
            if (c != '$')
                Warn($"\"{text[dollar.._next]}\" is not directly before a wildcard; it changes the next one");

            return;
        }

        _next++;
        switch (c)
        {
            case '*' or '%' when shared:
                AddWildcard(CharacterSet.All, c);
                break;
            case '*' or '%' or '$' or ' ' or '\t':
                AddLiteral(c);
                break;
            case '[':
                ReadGlob();
                break;
            case '<' or '(':
                ReadNetwork4(c);
                break;
            case '{':
                ReadNetwork6();
                break;
            case >= '0' and <= '9':
                ReadBackMatch(c - '0', shared);
                break;
            default:
                if (Class(c) is { } set)
                {
                    AddClass(set, $"\"${c}\"");
                }
                else
                {
                    Warn($"\"${c}\" has no meaning in a pattern; it matches \"{c}\"");
                    AddLiteral(c);
                }

                break;
        }
    }

    private void Modify(char modifier)
    {
        _modified = true;
        _lazy |= modifier == '_';
        if (modifier != '_')
            _unsaved = modifier == '@';
    }

    private static bool IsWildcardLetter(char c) => c is '[' or '<' or '(' or '{' or '_' or '@' or '^' || char.IsAsciiDigit(c) || Class(c) is not null;

    private static CharacterSet? Class(char letter) => AsciiCase.Upper(letter) switch
    {
        'A' => CharacterSet.Of(('a', 'z')),
        'B' => CharacterSet.Of(('0', '1')),
        'D' => CharacterSet.Of(('0', '9')),
        'H' or 'X' => CharacterSet.Of(('0', '9'), ('a', 'f')),
        'O' => CharacterSet.Of(('0', '7')),
        'S' => CharacterSet.Of(('0', '9'), ('a', 'z'), ('_', '_'), ('$', '$')),
        'T' => CharacterSet.Of(('\t', '\t'), ('\v', '\v'), (' ', ' ')),
        _ => null,
    };

    private void AddClass(CharacterSet set, string name)
    {
        if (_next < text.Length && text[_next] is '*' or '%')
            AddWildcard(set, text[_next++]);
        else
            Fail($"{name} must be followed by \"%\" or \"*\"");
    }

    private void ReadGlob()
    {
        int open = _next;
        List<(char First, char Last)> ranges = [];
        while (TryReadMember(out char first, out bool quoted))
        {
            if (first == ']' && !quoted)
            {
                if (ranges.Count == 0)
                    Fail("\"$[]\" lists no character");
                else
                    AddClass(CharacterSet.Of(ranges.ToArray()), $"\"$[{text[open.._next]}\"");

                return;
            }

            ranges.Add((first, first));
            // A hyphen first or last in the list is a character; between two members it makes a range.
            if (_next + 1 >= text.Length || text[_next] != '-' || text[_next + 1] == ']')
                continue;

            _next++;
            if (!TryReadMember(out char last, out _))
                break;

            if (last < first)
            {
                Fail($"range \"{first}-{last}\" runs backwards");
                return;
            }

            ranges[^1] = (first, last);
        }

        Fail($"\"$[{text[open..]}\" is not closed by \"]\"");
    }

    private bool TryReadMember(out char member, out bool quoted)
    {
        member = default;
        quoted = false;
        if (_next >= text.Length)
            return false;

        member = text[_next++];
        // White space cannot stand in a column unquoted, not even in a list, so "$ " means the space alone here too.
        bool quotes = member == '\\' || (member == '$' && _next < text.Length && text[_next] is ' ' or '\t');
        if (!quotes)
            return true;

        quoted = true;
        if (_next >= text.Length)
            return false;

        member = text[_next++];
        return true;
    }

    private void ReadNetwork4(char open)
    {
        if (!TryReadDelimited(open == '<' ? '>' : ')', out string inside) || !TryReadBits(inside, 32, open == '<' ? 0 : 32, out string host, out int bits))
            return;

        if (!AddressText.TryRead4(host, out uint address))
        {
            Fail($"\"{host}\" is not an IPv4 address");
            return;
        }

        uint mask = AddressText.Prefix4(open == '<' ? 32 - bits : bits);
        Add(new PatternElement.Network4(address & mask, mask, TakeSave()));
    }

    private void ReadNetwork6()
    {
        if (!TryReadDelimited('}', out string inside) || !TryReadBits(inside, 128, 128, out string host, out int bits))
            return;

        if (!AddressText.TryRead6(host, out UInt128 address))
        {
            Fail($"\"{host}\" is not an IPv6 address");
            return;
        }

        UInt128 mask = AddressText.Prefix6(bits);
        Add(new PatternElement.Network6(address & mask, mask, TakeSave()));
    }

    private bool TryReadDelimited(char close, out string inside)
    {
        int end = text.IndexOf(close, _next);
        inside = end < 0 ? "" : text[_next..end];
        if (end < 0)
            Fail($"\"{text[(_next - 2)..]}\" is not closed by \"{close}\"");
        else
            _next = end + 1;

        return end >= 0;
    }

    private bool TryReadBits(string inside, int largest, int unset, out string host, out int bits)
    {
        int slash = inside.IndexOf('/', StringComparison.Ordinal);
        host = slash < 0 ? inside : inside[..slash];
        bits = unset;
        if (slash < 0)
            return true;

        if (int.TryParse(inside.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out bits) && bits <= largest)
            return true;

        Fail($"\"{inside[(slash + 1)..]}\" is not a number of bits from 0 to {largest}");
        return false;
    }

    private void ReadBackMatch(int field, bool modified)
    {
        if (_next < text.Length && text[_next] == '*')
            _next++;
        else if (!modified)
            Warn($"\"${field}\" is read as the back match \"${field}*\"");

        if (field >= _saved)
            Fail($"\"${field}\" refers to a field that no wildcard before it saves");
        else
            Add(new PatternElement.BackMatch(field, TakeSave()));
    }

    private void AddWildcard(CharacterSet set, char kind)
    {
        bool lazy = _lazy;
        bool save = TakeSave();
        Add(kind == '%' ? new PatternElement.One(set, save) : new PatternElement.Many(set, lazy, save));
    }

    private bool TakeSave()
    {
        bool save = !_unsaved;
        _lazy = _unsaved = _modified = false;
        return save;
    }

    private void Add(PatternElement element)
    {
        FlushLiteral();
        _elements.Add(element);
        if (element.Saved)
            _saved++;
    }

    private void AddLiteral(char c) => _literal.Append(c);

    private void FlushLiteral()
    {
        if (_literal.Length == 0)
            return;

        _elements.Add(new PatternElement.Literal(_literal.ToString()));
        _literal.Clear();
    }

    private void Warn(string message) => diagnostics.Add(Diagnostic.Warning(at, $"pattern \"{text}\": {message}"));

    private void Fail(string message)
    {
        _failed = true;
        diagnostics.Add(Diagnostic.Error(at, $"pattern \"{text}\": {message}"));
    }
}
