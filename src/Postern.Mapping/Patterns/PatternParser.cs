using System.Collections.Immutable;
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
internal sealed partial class PatternParser(string text, SourcePosition at, ICollection<Diagnostic> diagnostics)
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
                if (CharacterSet.OfClass(c) is { } set)
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

    private static bool IsWildcardLetter(char c) => c is '[' or '<' or '(' or '{' or '_' or '@' or '^' || char.IsAsciiDigit(c) || CharacterSet.OfClass(c) is not null;

    private void AddClass(CharacterSet set, string name)
    {
        if (_next < text.Length && text[_next] is '*' or '%')
            AddWildcard(set, text[_next++]);
        else
            Fail($"{name} must be followed by \"%\" or \"*\"");
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
