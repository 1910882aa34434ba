using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Mapping.Patterns;
using Postern.Mapping.Tables;
using Postern.Mapping.Text;

namespace Postern.Mapping.Evaluation;

/// <summary>
/// Carries out the template of one entry, left to right. The first part that fails ends it; what it said about control before that
/// stays, its text and flags are not to be used.
/// </summary>
internal sealed class TemplateExpansion(MappingRun run, ImmutableArray<string> fields, int depth)
{
    private readonly StringBuilder _output = new();
    private MappingControl _control;
    private LetterCase _case;
    private bool _quoting;
    private bool _ended;
    private bool _done;
    private string? _ifUnavailable;

    public string Output => _output.ToString();

    public OutputFlags Flags { get; private set; }

    /// <summary>After a failure <c>$E</c> counts as nothing said.</summary>
    public MappingControl Control => !_done && _control == MappingControl.End ? MappingControl.None : _control;

    /// <summary>Why the entry failed; empty unless it did.</summary>
    public string Failure { get; private set; } = "";

    /// <summary>A question or a fault that ends the whole evaluation, not only the entry.</summary>
    public MappingResult? Interruption { get; private set; }

    /// <summary>False when a part failed or interrupted.</summary>
    public bool Run(Template template) => _done = Expand(template, rescans: 0);

    private bool Expand(Template template, int rescans)
    {
        if (!run.TryCountTemplate())
            return Interrupt(new MappingResult.Fault($"more than {MappingLimits.Templates} templates in one evaluation", null));

        foreach (TemplatePart part in template.Parts)
        {
            if (!CarryOut(part, rescans))
                return false;

            if (_ended)
                break;
        }

        return true;
    }

    private bool CarryOut(TemplatePart part, int rescans)
    {
        switch (part)
        {
            case TemplatePart.Literal literal:
                return Append(literal.Text, _quoting && rescans > 0);
            case TemplatePart.Field field:
                return Append(FieldText(field.Number), _quoting);
            case TemplatePart.Case letters:
                _case = letters.Value;
                return true;
            case TemplatePart.QuoteForFilter:
                _quoting = true;
                return true;
            case TemplatePart.Control control:
                _control = control.Value;
                return true;
            case TemplatePart.EndNow:
                _control = MappingControl.End;
                _ended = true;
                return true;
            case TemplatePart.Flag flag:
                Flags = Flags.With(flag.Value);
                return true;
            case TemplatePart.IfUnavailable text:
                _ifUnavailable = text.Text is null ? null : Argument(text.Text);
                return true;
            case TemplatePart.InputTest test:
                return run.Context.Flags.Has(test.Letter) == test.Set || Fail($"input flag \"{test.Letter}\" is {(test.Set ? "clear" : "set")}");
            case TemplatePart.Chance chance:
                return Chance(Argument(chance.Percent));
            case TemplatePart.Table table:
                return MapThrough(Argument(table.Name), Argument(table.Argument));
            case TemplatePart.GeneralText text:
                return LookUp(Argument(text.Key), rescans);
            case TemplatePart.Routine routine:
                return AskRoutine(routine, rescans);
            case TemplatePart.Url url:
                return AskDirectory(new Callout(CalloutKind.Url, "", Argument(url.Text, inUrl: true)));
            case TemplatePart.DomainAttribute domain:
                return AskDirectory(new Callout(CalloutKind.DomainAttribute, Argument(domain.Attribute), Argument(domain.Domain)));
            case TemplatePart.Sequence sequence:
                return DrawNumber(sequence);
            default:
                throw new InvalidOperationException($"no meaning for {part.GetType().Name}");
        }
    }

    private string FieldText(int number) => number < fields.Length ? fields[number] : "";

    private bool Append(string text, bool quote)
    {
        foreach (char c in text)
        {
            char cased = _case switch
            {
                LetterCase.Lower => AsciiCase.Lower(c),
                LetterCase.Upper => AsciiCase.Upper(c),
                _ => c,
            };
            if (quote) FilterValue.Append(_output, cased);
            else _output.Append(cased);
        }

        return _output.Length <= MappingLimits.Output || Fail($"the output has more than {MappingLimits.Output} characters");
    }

    // The inside of a callout. Case and quoting begin anew in it and do not reach out of it.
    // In a URL, what a field holds is never a separator, nor a character written as a number.
    private string Argument(Template argument, bool doubleDollars = false, bool inUrl = false)
    {
        if (argument.Parts is [])
            return "";

        if (argument.Parts is [TemplatePart.Literal only])
            return only.Text;

        TemplateExpansion inside = new(run, fields, depth);
        foreach (TemplatePart part in argument.Parts)
        {
            if (part is TemplatePart.Field field && doubleDollars)
                inside.Append(inside.FieldText(field.Number).Replace("$", "$$", StringComparison.Ordinal), inside._quoting);
            else if (part is TemplatePart.Field written && inUrl)
                inside.Append(inside.FieldText(written.Number).Replace("%", "%25", StringComparison.Ordinal).Replace("?", "%3f", StringComparison.Ordinal), inside._quoting);
            else
                inside.CarryOut(part, rescans: 0);
        }

        return inside.Output;
    }

    private bool Chance(string percent)
    {
        if (!TemplateParser.TryReadPercent(percent, out double value))
            return Fail($"\"{percent}\" is not a percentage");

        return run.Draw() * 100 < value || Fail($"not among the {percent} percent");
    }

    private bool MapThrough(string name, string argument)
    {
        if (run.Context.Set.Find(name) is not { } table)
            return Fail($"no table \"{name}\"");

        if (depth == MappingLimits.TableDepth)
            return Fail($"tables call each other more than {MappingLimits.TableDepth} deep");

        return run.Call(table, argument, depth + 1) switch
        {
            MappingResult.Match match when match.Flags.Has('Y') => Append(match.Output, _quoting),
            MappingResult.Match => Fail($"table \"{table.Name}\" sets no \"$Y\" for \"{argument}\""),
            MappingResult.NoMatch => Fail($"table \"{table.Name}\" has no match for \"{argument}\""),
            var interruption => Interrupt(interruption),
        };
    }

    private bool LookUp(string key, int rescans) =>
        run.Context.Set.Options.GeneralText.TryGetValue(key, out string? value) ? Rescan(value, rescans) : Fail($"no general text \"{key}\"");

    private bool AskRoutine(TemplatePart.Routine routine, int rescans)
    {
        Callout callout = new(CalloutKind.Routine, routine.Name, Argument(routine.Argument, doubleDollars: true));
        return run.Ask(ref callout, depth) switch
        {
            null => Interrupt(new MappingResult.NeedsCallout(callout)),
            CalloutAnswer.Success success => Rescan(success.Text, rescans),
            CalloutAnswer.Failure => Fail($"routine \"{routine.Name}\" answered no"),
            _ => Unavailable(callout),
        };
    }

    private bool AskDirectory(Callout callout) => run.Ask(ref callout, depth) switch
    {
        null => Interrupt(new MappingResult.NeedsCallout(callout)),
        CalloutAnswer.Success success => Append(success.Text, _quoting),
        CalloutAnswer.Failure => Fail("the directory has no value"),
        _ => _ifUnavailable is { } text ? Append(text, _quoting) : Unavailable(callout),
    };

    private bool DrawNumber(TemplatePart.Sequence sequence)
    {
        Callout callout = new(CalloutKind.Sequence, Argument(sequence.File), "");
        return run.Ask(ref callout, depth) switch
        {
            null => Interrupt(new MappingResult.NeedsCallout(callout)),
            CalloutAnswer.Success success when ulong.TryParse(success.Text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number)
                => Append(Digits(sequence.Modulus == 0 ? number : number % sequence.Modulus, sequence.Radix).PadLeft(sequence.Width, '0'), quote: false),
            CalloutAnswer.Unavailable => Unavailable(callout),
            _ => Fail($"sequence \"{callout.Name}\" gives no number"),
        };
    }

    private static string Digits(ulong number, int radix)
    {
        const string Symbols = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        string digits = "";
        do
        {
            digits = Symbols[(int)(number % (ulong)radix)] + digits;
            number /= (ulong)radix;
        }
        while (number > 0);

        return digits;
    }

    // Text that came back may itself be template text: a flag or a field in it is obeyed (dns_verify passes "$$NText:$ $$1").
    private bool Rescan(string text, int rescans)
    {
        if (rescans == MappingLimits.RescanDepth)
            return Fail($"answered text asks again more than {MappingLimits.RescanDepth} deep");

        if (!text.Contains('$', StringComparison.Ordinal))
            return Append(text, _quoting);

        List<Diagnostic> diagnostics = [];
        if (!Template.TryParse(text, PatternMatch.MaxFields, run.Context.Set.Options, default, diagnostics, out Template? template))
            return Fail(diagnostics.First(d => d.IsError).Text);

        return Expand(template, rescans + 1);
    }

    private bool Unavailable(Callout callout)
    {
        string reason = callout.Kind == CalloutKind.Url ? "the directory cannot answer now" : $"\"{callout.Name}\" cannot answer now";
        bool silent = callout.Kind == CalloutKind.Routine && run.Context.Set.Options.SilentRoutines.Contains(callout.Name);
        return silent || run.Context.UnavailableFailsEntry ? Fail(reason) : Interrupt(new MappingResult.Fault(reason, null));
    }

    private bool Interrupt(MappingResult interruption)
    {
        Interruption = interruption;
        return false;
    }

    private bool Fail(string reason)
    {
        Failure = reason;
        return false;
    }
}
