using System.Collections.Immutable;
using System.Text;
using Postern.Mapping.Evaluation;
using Postern.Mapping.Patterns;
using Postern.Mapping.Text;

namespace Postern.Mapping.Tables;

/// <summary>
/// Reads the right column of an entry. White space is ordinary here: where a column ends was decided before, and text that a callout
/// answered has no columns.
/// </summary>
/// <param name="whole">what messages quote: the template that <paramref name="text"/> is a piece of.</param>
internal sealed partial class TemplateParser(
    string text,
    string whole,
    int fields,
    MappingOptions options,
    SourcePosition at,
    ICollection<Diagnostic> diagnostics)
{
    private readonly TemplateText _reader = new(text);
    private readonly ImmutableArray<TemplatePart>.Builder _parts = ImmutableArray.CreateBuilder<TemplatePart>();
    private readonly StringBuilder _literal = new();
    private bool _failed;

    /// <summary>The template, or null after an error.</summary>
    public Template? Parse()
    {
        while (_reader.TryNext(out char c, out bool dollar) && !_failed)
        {
            if (dollar)
                ReadDollar(c);
            else
                _literal.Append(c);
        }

        if (_reader.EndsInDollar)
            Fail("\"$\" at the end of the template; was a space after it lost?");

        FlushLiteral();
        return _failed ? null : new Template(text, _parts.ToImmutable());
    }

    private void ReadDollar(char c)
    {
        switch (AsciiCase.Upper(c))
        {
            case '$' or ' ' or '\t':
                _literal.Append(c);
                break;
            case >= '0' and <= '9':
                AddField(c - '0');
                break;
            case '\\':
                Add(new TemplatePart.Case(LetterCase.Lower));
                break;
            case '^':
                Add(new TemplatePart.Case(LetterCase.Upper));
                break;
            case '_':
                Add(new TemplatePart.Case(LetterCase.Keep));
                break;
            case '=':
                Add(new TemplatePart.QuoteForFilter());
                break;
            case 'C':
                Add(new TemplatePart.Control(MappingControl.Continue));
                break;
            case 'L':
                Add(new TemplatePart.Control(MappingControl.Loop));
                break;
            case 'R':
                Add(new TemplatePart.Control(MappingControl.Restart));
                break;
            case 'E':
                Add(new TemplatePart.Control(MappingControl.End));
                break;
            case '+' when _reader.TryTake("1E"):
                Add(new TemplatePart.EndNow());
                break;
            case ':' or ';':
                ReadInputTest(c);
                break;
            case '.':
                ReadIfUnavailable();
                break;
            case '?' or '#' or '|' or '{' or ']' or '[' or '}':
                ReadCallout(c);
                break;
            case '<' or '>' or ',' or '!' or (>= 'A' and <= 'Z'):
                Add(new TemplatePart.Flag(AsciiCase.Upper(c)));
                break;
            default:
                Warn($"\"${c}\" has no meaning in a template; it stands for \"{c}\"");
                _literal.Append(c);
                break;
        }
    }

    private void AddField(int number)
    {
        if (number >= fields)
            Warn($"\"${number}\" is never set: the pattern saves {fields} field{(fields == 1 ? "" : "s")}");

        Add(new TemplatePart.Field(number));
    }

    private void ReadInputTest(char kind)
    {
        if (_reader.TryNext(out char flag, out bool dollar) && !dollar && flag is > ' ' and < (char)127)
            Add(new TemplatePart.InputTest(AsciiCase.Upper(flag), kind == ':'));
        else
            Fail($"\"${kind}\" must be followed by an input flag");
    }

    private void ReadIfUnavailable()
    {
        if (_reader.TryTake("."))
            Add(new TemplatePart.IfUnavailable(null));
        else if (_reader.TryTakeToDot(out string inside))
            AddCallout(Argument(inside) is { } value ? new TemplatePart.IfUnavailable(value) : null);
        else
            Fail("\"$.\" is not closed by \"$.\"");
    }

    private void ReadCallout(char open)
    {
        char close = TemplateText.Closing(open);
        if (!_reader.TryTakeTo(close, out string inside))
        {
            Fail($"\"${open}\" is not closed by \"{close}\"");
            return;
        }

        AddCallout(open switch
        {
            '?' => Chance(inside),
            '#' => Sequence(inside),
            '|' => Table(inside),
            '{' => Argument(inside) is { } key ? new TemplatePart.GeneralText(key) : null,
            ']' => Argument(inside) is { } url ? new TemplatePart.Url(url) : null,
            '[' => Routine(inside),
            _ => Domain(inside),
        });
    }

    // The inside of a callout: text, fields and case only; any other character after a dollar is quoted by it.
    private Template? Argument(string inside)
    {
        TemplateParser parser = new(inside, whole, fields, options, at, diagnostics);
        while (parser._reader.TryNext(out char c, out bool dollar))
        {
            if (dollar && (char.IsAsciiDigit(c) || c is '\\' or '^' or '_' or '='))
                parser.ReadDollar(c);
            else
                parser._literal.Append(c);
        }

        parser.FlushLiteral();
        return new Template(inside, parser._parts.ToImmutable());
    }

    private void AddCallout(TemplatePart? part)
    {
        if (part is not null)
            Add(part);
    }

    private void Add(TemplatePart part)
    {
        FlushLiteral();
        _parts.Add(part);
    }

    private void FlushLiteral()
    {
        if (_literal.Length == 0)
            return;

        _parts.Add(new TemplatePart.Literal(_literal.ToString()));
        _literal.Clear();
    }

    private void Warn(string message) => diagnostics.Add(Diagnostic.Warning(at, $"template \"{whole}\": {message}"));

    private TemplatePart? Refuse(string message)
    {
        Fail(message);
        return null;
    }

    private void Fail(string message)
    {
        _failed = true;
        diagnostics.Add(Diagnostic.Error(at, $"template \"{whole}\": {message}"));
    }
}
