using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Policy.Rewriting;

/// <summary>
/// Parses rewrite templates. Theirs is another language than that of mapping tables: here <c>$E</c> and <c>$R</c> are conditions.
/// <code>
/// template = *( control / substitution / text ) separated into at most four fields
///            A%B  A@B  A%B@C  A@B@C  A@B@C@D             ; Administration Guide 6.3, 11.4
/// argument = the text behind $M $N $Q $C $T $V $Z $? up to an unescaped "@" or "%", the next of these, "$1~" or the end
/// </code>
/// A <c>$?</c> that stands first takes the line up to the next such control, its <c>@</c> and <c>%</c> included. Conditions on the address
/// (<c>$E $B $F $R</c>) may stand anywhere, in an argument too, and mean the whole rule.
/// </summary>
internal ref struct RewriteTemplateParser
{
    private readonly ReadOnlySpan<char> _text;
    private readonly SourcePosition _at;
    private readonly MappingOptions _options;
    private readonly ICollection<Diagnostic> _diagnostics;
    private readonly List<TemplateStep> _conditions = [];
    private int _position;
    private bool _sound;
    private HostLocation _locations;

    private RewriteTemplateParser(ReadOnlySpan<char> text, MappingOptions options, SourcePosition at, ICollection<Diagnostic> diagnostics)
    {
        _text = text;
        _options = options;
        _at = at;
        _diagnostics = diagnostics;
        _sound = true;
    }

    private enum Until
    {
        /// <summary>The template's end.</summary>
        End,

        /// <summary>A separator or the next control with an argument.</summary>
        Argument,

        /// <summary>The line's end or the next control with an argument; separators are text.</summary>
        Line,

        Brace,
        Parenthesis,

        /// <summary><c>]</c>, of a routine.</summary>
        Bracket,

        /// <summary><c>[</c>, of a directory URL.</summary>
        OpenBracket,

        /// <summary><c>.</c></summary>
        Dot,
    }

    /// <param name="options">the routines that <c>$[…]</c> may name.</param>
    /// <returns>null after an error.</returns>
    public static RewriteTemplate? Parse(string text, MappingOptions options, SourcePosition at, ICollection<Diagnostic> diagnostics)
    {
        RewriteTemplateParser parser = new(text, options, at, diagnostics);
        ImmutableArray<TemplateStep> steps = parser.Whole();
        if (parser._sound) parser.CheckShape(steps);
        return parser._sound ? new RewriteTemplate(steps) : null;
    }

    /// <summary>Reads the answer of a table or of the general text as template text; null when it is not sound.</summary>
    public static ImmutableArray<TemplateStep>? ParseAnswer(string text, MappingOptions options)
    {
        RewriteTemplateParser parser = new(text, options, default, new List<Diagnostic>());
        ImmutableArray<TemplateStep> steps = parser.Whole();
        return parser._sound ? steps : null;
    }

    private ImmutableArray<TemplateStep> Whole()
    {
        ImmutableArray<TemplateStep> steps = Steps(Until.End);
        return _locations == HostLocation.None ? steps : steps.Insert(0, new TemplateStep.Location(_locations));
    }

    private ImmutableArray<TemplateStep> Steps(Until until)
    {
        ImmutableArray<TemplateStep>.Builder steps = ImmutableArray.CreateBuilder<TemplateStep>();
        StringBuilder literal = new();
        bool closed = until is Until.End or Until.Argument or Until.Line;
        bool percentSeparates = until == Until.End;
        while (_position < _text.Length)
        {
            char c = _text[_position];
            if (c == Closing(until))
            {
                _position++;
                closed = true;
                break;
            }

            if ((until == Until.Argument && c is '@' or '%') || (until is Until.Argument or Until.Line && StartsArgumentControl())) break;
            if (until == Until.End && (c == '@' || (c == '%' && percentSeparates)))
            {
                Flush(literal, steps);
                steps.Add(new TemplateStep.Separator(c));
                percentSeparates = false;
                _position++;
                continue;
            }

            if (c != '$')
            {
                if (c is ' ' or '\t' && until is not (Until.Line or Until.Argument or Until.Dot)) Fault("white space in a template; only the text of $? may hold some");
                literal.Append(c);
                _position++;
                continue;
            }

            if (TryEscape(out char escaped))
            {
                literal.Append(escaped);
                continue;
            }

            Flush(literal, steps);
            if (Sequence(isFirst: steps.Count == 0 && until == Until.End) is not { } step) continue;
            if (until != Until.End && step is TemplateStep.InEnvelope or TemplateStep.Direction)
            {
                _conditions.Add(step);
                continue;
            }

            steps.Add(step);
            if (until != Until.End) continue;
            steps.AddRange(_conditions);
            _conditions.Clear();
        }

        Flush(literal, steps);
        if (!closed) Fault($"\"{Closing(until)}\" is missing at the end of an argument");
        return steps.ToImmutable();
    }

    /// <summary>What ends an argument; NUL for one that ends by itself.</summary>
    private static char Closing(Until until) => until switch
    {
        Until.Brace => '}',
        Until.Parenthesis => ')',
        Until.Bracket => ']',
        Until.OpenBracket => '[',
        Until.Dot => '.',
        _ => '\0',
    };

    private bool TryEscape(out char escaped)
    {
        escaped = _position + 1 < _text.Length ? _text[_position + 1] : '\0';
        if (escaped is not ('$' or '%' or '@' or ' ')) return false;
        _position += 2;
        return true;
    }

    private static void Flush(StringBuilder literal, ImmutableArray<TemplateStep>.Builder steps)
    {
        if (literal.Length == 0) return;
        steps.Add(new TemplateStep.Text(literal.ToString()));
        literal.Clear();
    }

    /// <summary>At a <c>$</c>: whether a control with an argument, or <c>$1~</c>, begins here.</summary>
    private readonly bool StartsArgumentControl()
    {
        if (_text[_position] != '$') return false;
        int i = _position + 1;
        while (i < _text.Length && char.IsAsciiDigit(_text[i])) i++;
        return i < _text.Length && char.ToUpperInvariant(_text[i]) is 'N' or 'M' or 'Q' or 'C' or 'T' or 'V' or 'Z' or '?' or '~';
    }

    private TemplateStep? Sequence(bool isFirst)
    {
        int start = _position++;
        int digits = _position;
        while (_position < _text.Length && char.IsAsciiDigit(_text[_position])) _position++;
        int? number = _position > digits && int.TryParse(_text[digits.._position], NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : null;
        if (_position > digits && number is null) return Fault($"\"{_text[start.._position]}\": the number is too large");
        if (_position >= _text.Length) return Fault("\"$\" at the end of a template");
        char letter = char.ToUpperInvariant(_text[_position++]);
        return number is { } given ? Numbered(letter, given, isFirst) : Plain(letter, isFirst);
    }

    private TemplateStep? Numbered(char letter, int number, bool isFirst) => (letter, number) switch
    {
        ('U', 0) => new TemplateStep.User(UserPart.WithoutSubaddress),
        ('U', 1) => new TemplateStep.User(UserPart.Subaddress),
        ('H', _) => new TemplateStep.Host(Matched: false, number),
        ('D', _) => new TemplateStep.Host(Matched: true, number),
        ('A', _) => new TemplateStep.Character(number),
        ('X', _) => new TemplateStep.MailHost(number),
        ('M', 1) => new TemplateStep.ChannelTest(Source: true, Wanted: true, null),
        ('N', 1) => new TemplateStep.ChannelTest(Source: true, Wanted: false, null),
        ('~', 1) => new TemplateStep.Force(),
        ('?', _) => FailureText(number, isFirst),
        _ => Fault($"unknown sequence \"${number}{letter}\""),
    };

    private TemplateStep? Plain(char letter, bool isFirst)
    {
        switch (letter)
        {
            case 'U': return new TemplateStep.User(UserPart.Whole);
            case 'H': return new TemplateStep.Host(Matched: false, 0);
            case 'D': return new TemplateStep.Host(Matched: true, 0);
            case 'L': return new TemplateStep.Literal();
            case 'W': return new TemplateStep.Unique();
            case '\\': return new TemplateStep.Case(CaseMode.Lower);
            case '^': return new TemplateStep.Case(CaseMode.Upper);
            case '_': return new TemplateStep.Case(CaseMode.AsIs);
            case '&': return Label(matched: false, fromRight: false);
            case '!': return Label(matched: false, fromRight: true);
            case '*': return Label(matched: true, fromRight: false);
            case '#': return Label(matched: true, fromRight: true);
            case 'E': return new TemplateStep.InEnvelope(Wanted: true);
            case 'B': return new TemplateStep.InEnvelope(Wanted: false);
            case 'F': return new TemplateStep.Direction(Forward: true);
            case 'R': return new TemplateStep.Direction(Forward: false);
            case 'S': return At(HostLocation.Route);
            case 'A': return At(HostLocation.At);
            case 'P': return At(HostLocation.Percent);
            case 'X': return At(HostLocation.Bang);
            case 'M': return ChannelTest(source: true, wanted: true);
            case 'N': return ChannelTest(source: true, wanted: false);
            case 'Q': return ChannelTest(source: false, wanted: true);
            case 'C': return ChannelTest(source: false, wanted: false);
            case 'V': return new TemplateStep.LocalDomainTest(Wanted: true, Argument("V"));
            case 'Z': return new TemplateStep.LocalDomainTest(Wanted: false, Argument("Z"));
            case 'T': return new TemplateStep.Tag(Steps(Until.Argument));
            case '?': return FailureText(null, isFirst);
            case '{': return Mapping();
            case '(': return new TemplateStep.GeneralText(Steps(Until.Parenthesis));
            case '[': return Routine();
            case ']': return new TemplateStep.DirectoryUrl(Steps(Until.OpenBracket));
            case '.': return new TemplateStep.IfUnavailable(Steps(Until.Dot));
            case '=': return new TemplateStep.QuoteForFilter();
            default: return Fault($"unknown sequence \"${letter}\"");
        }
    }

    private TemplateStep? At(HostLocation location)
    {
        _locations |= location;
        return null;
    }

    private TemplateStep? Label(bool matched, bool fromRight)
    {
        if (_position >= _text.Length || !char.IsAsciiDigit(_text[_position])) return Fault("a label number is missing");
        return new TemplateStep.Label(matched, fromRight, _text[_position++] - '0');
    }

    private TemplateStep.ChannelTest ChannelTest(bool source, bool wanted) => new(source, wanted, Argument((source, wanted) switch
    {
        (true, true) => "M",
        (true, false) => "N",
        (false, true) => "Q",
        _ => "C",
    }));

    private ImmutableArray<TemplateStep> Argument(string control)
    {
        ImmutableArray<TemplateStep> argument = Steps(Until.Argument);
        if (argument.IsEmpty) Fault($"${control} has no argument");
        return argument;
    }

    private TemplateStep? FailureText(int? code, bool isFirst)
    {
        if (code is { } number && (number < 4_000_000 || number > 5_999_999)) return Fault($"\"{number}\" is no seven-digit code of a failure");
        return new TemplateStep.FailureText(code, Steps(isFirst ? Until.Line : Until.Argument));
    }

    private TemplateStep? Mapping()
    {
        int comma = _text[_position..].IndexOfAny(',', '}');
        if (comma <= 0 || _text[_position + comma] != ',') return Fault("${...} wants a table and an argument: ${TABLE,argument}");
        string table = _text.Slice(_position, comma).ToString();
        _position += comma + 1;
        return new TemplateStep.Mapping(table, Steps(Until.Brace));
    }

    /// <summary><c>$[image,routine,argument]</c> of the ancestor, or <c>$[routine,argument]</c>.</summary>
    private TemplateStep? Routine()
    {
        int start = _position;
        for (int words = 0; words < 2; words++)
        {
            int comma = _text[_position..].IndexOfAny(',', ']');
            if (comma < 0) break;
            string word = _text.Slice(_position, comma).Trim().ToString();
            bool hasArgument = _text[_position + comma] == ',';
            _position += comma + (hasArgument ? 1 : 0);
            if (_options.Routines.TryGetValue(word, out string? known)) return new TemplateStep.Routine(known, Steps(Until.Bracket));
            if (!hasArgument) break;
        }

        int end = _text[start..].IndexOf(']');
        string name = (end < 0 ? _text[start..] : _text.Slice(start, end)).ToString();
        _position = end < 0 ? _text.Length : start + end + 1;
        return Fault($"no routine \"{name.Split(',')[0]}\"; native libraries are not loaded");
    }

    private TemplateStep? Fault(string text)
    {
        _diagnostics.Add(Diagnostic.Error(_at, text));
        _sound = false;
        return null;
    }

    /// <summary>The shape is known now unless a table or the general text supplies a part of it.</summary>
    private void CheckShape(ImmutableArray<TemplateStep> steps)
    {
        if (steps.Any(s => s is TemplateStep.Mapping or TemplateStep.GeneralText or TemplateStep.Routine)) return;
        string separators = string.Concat(steps.OfType<TemplateStep.Separator>().Select(s => s.Mark));
        bool hasText = steps.Any(s => s is TemplateStep.Text or TemplateStep.User or TemplateStep.Host or TemplateStep.Literal or TemplateStep.Label or TemplateStep.Character or TemplateStep.Unique or TemplateStep.DirectoryUrl);
        if (separators.Length == 0 && hasText) Fault("template has text but no host: a \"%\" or \"@\" is missing");
        else if (!TemplateShape.IsValid(separators)) Fault($"no template has the shape A{string.Concat(separators.Select((s, i) => $"{s}{(char)('B' + i)}"))}");
    }
}
