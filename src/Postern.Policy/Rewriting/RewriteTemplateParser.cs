using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Mapping.Text;

namespace Postern.Policy.Rewriting;

/// <summary>
/// Parses rewrite templates. Theirs is another language than that of mapping tables: here <c>$E</c> and <c>$R</c> are conditions.
/// <code>
/// template = *( control / substitution / text ) separated into at most four fields
///            A%B  A@B  A%B@C  A@B@C  A@B@C@D             ; Administration Guide 6.3, 11.4
/// argument = the text behind $M $N $Q $C $T $V $Z $? up to an unescaped "@" or "%", the next of these, "$1~" or the end
/// </code>
/// A <c>$?</c> that stands first takes the whole line, its <c>@</c> and <c>%</c> included.
/// </summary>
internal ref struct RewriteTemplateParser
{
    private readonly ReadOnlySpan<char> _text;
    private readonly SourcePosition _at;
    private readonly ICollection<Diagnostic> _diagnostics;
    private int _position;
    private bool _sound;
    private HostLocation _locations;

    private RewriteTemplateParser(ReadOnlySpan<char> text, SourcePosition at, ICollection<Diagnostic> diagnostics)
    {
        _text = text;
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

        /// <summary>The line's end; separators are text.</summary>
        Line,

        Brace,
        Parenthesis,
    }

    /// <returns>null after an error.</returns>
    public static RewriteTemplate? Parse(string text, SourcePosition at, ICollection<Diagnostic> diagnostics)
    {
        RewriteTemplateParser parser = new(text, at, diagnostics);
        ImmutableArray<TemplateStep> steps = parser.Steps(Until.End);
        if (parser._locations != HostLocation.None) steps = steps.Insert(0, new TemplateStep.Location(parser._locations));
        if (parser._sound) parser.CheckShape(steps);
        return parser._sound ? new RewriteTemplate(steps) : null;
    }

    /// <summary>Reads the answer of a table or of the general text as template text; null when it is not sound.</summary>
    public static ImmutableArray<TemplateStep>? ParseAnswer(string text)
    {
        RewriteTemplateParser parser = new(text, default, new List<Diagnostic>());
        ImmutableArray<TemplateStep> steps = parser.Steps(Until.End);
        return parser._sound ? steps : null;
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
            if ((until == Until.Brace && c == '}') || (until == Until.Parenthesis && c == ')'))
            {
                _position++;
                closed = true;
                break;
            }

            if (until == Until.Argument && (c is '@' or '%' || StartsArgumentControl())) break;
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
                if (c is ' ' or '\t' && until is not (Until.Line or Until.Argument)) Fault("white space in a template; only the text of $? may hold some");
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
            if (Sequence(isFirst: steps.Count == 0 && until == Until.End) is { } step) steps.Add(step);
        }

        Flush(literal, steps);
        if (!closed) Fault(until == Until.Brace ? "${ has no closing brace" : "$( has no closing parenthesis");
        return steps.ToImmutable();
    }

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
            case ']': return Fault("directory URLs ($]...[) are not supported in rewrite rules");
            case '[': return Fault("site routines ($[...]) are not supported in rewrite rules");
            case '=' or '.': return Fault($"\"${letter}\" is not supported in rewrite rules");
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

    private TemplateStep? Fault(string text)
    {
        _diagnostics.Add(Diagnostic.Error(_at, text));
        _sound = false;
        return null;
    }

    /// <summary>The shape is known now unless a table or the general text supplies a part of it.</summary>
    private void CheckShape(ImmutableArray<TemplateStep> steps)
    {
        if (steps.Any(s => s is TemplateStep.Mapping or TemplateStep.GeneralText)) return;
        string separators = string.Concat(steps.OfType<TemplateStep.Separator>().Select(s => s.Mark));
        bool hasText = steps.Any(s => s is TemplateStep.Text or TemplateStep.User or TemplateStep.Host or TemplateStep.Literal or TemplateStep.Label or TemplateStep.Character or TemplateStep.Unique);
        if (separators.Length == 0 && hasText) Fault("template has text but no host: a \"%\" or \"@\" is missing");
        else if (!TemplateShape.IsValid(separators)) Fault($"no template has the shape A{string.Concat(separators.Select((s, i) => $"{s}{(char)('B' + i)}"))}");
    }
}
