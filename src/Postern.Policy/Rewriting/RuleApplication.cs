using System.Collections.Immutable;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

// Applies one template to one host. Left to right; the first control or substitution that does not hold fails the rule, as if
// it did not stand in the file. Channel and domain tests wait until their field ends (Technical Reference, "Application of
// rewrite rules to addresses"), so that several "$M" can mean any of them, and "$1~" can cut the template instead.
//
// Text from a table is template text again. INVARIANT: text that came from the address never becomes template text. It is only
// ever appended to a field; in the question to a table each "$", "%" and "@" of it is written "$$", "$%", "$@", and an answer
// that hands it back reads as the same characters.
//
// INVARIANT: a rule that fails leaves no trace in tag, failure text or fields; a rule of which nobody can tell whether it holds
// ends the whole rewriting, since it may be the one that decides.
//
// Cost: linear in the template. Fields have a greatest length and the tables asked for one address are counted, so rules that
// double their result, and answers that ask again, end too.

/// <summary>Applies one template to one host.</summary>
internal sealed partial class RuleApplication(RewriteWalk walk, FirstHost first, HostMatch match, string user, MailDomain host, Mailbox address)
{
    /// <summary>Characters of a field.</summary>
    public const int MaximumField = 8192;

    private readonly List<TemplateField> _fields = [new TemplateField()];
    private string _separators = "";
    private CaseMode _case;
    private bool _quotesForFilter;
    private string? _ifUnavailable;
    private string? _tag;
    private FailureText? _failure;
    private bool _cut;
    private bool _directoryFailed;
    private bool _cannotTell;

    public RuleOutcome Apply(RewriteTemplate template)
    {
        string? failed = Run(template.Steps) ?? (_cut ? null : CheckPending()) ?? (_domainUnknown ? TakeDomainFailure() : null);
        if (_cannotTell) return RuleOutcome.Unknown(failed ?? "");
        if (failed is not null) return RuleOutcome.Fail(failed);
        if (!TemplateShape.IsValid(_separators)) return RuleOutcome.Fail("the answer of a table made a shape that no template has");
        if (_separators.Length == 0 && _fields[0].Length > 0) return RuleOutcome.Fail("the result names no host");
        if (_separators.Length > 0 && ((_fields[0].Length == 0 && user.Length > 0) || HasEmptyField()))
            return RuleOutcome.Fail("the result is no user and host");
        ImmutableArray<string>.Builder fields = ImmutableArray.CreateBuilder<string>(_fields.Count);
        foreach (TemplateField field in _fields) fields.Add(field.ToString());
        return new RuleOutcome(null, fields.MoveToImmutable(), _separators, _tag, _failure) { DirectoryFailed = _directoryFailed };
    }

    private bool HasEmptyField()
    {
        for (int i = 1; i < _fields.Count; i++)
        {
            if (_fields[i].Length == 0) return true;
        }

        return false;
    }

    private string? Run(ImmutableArray<TemplateStep> steps)
    {
        foreach (TemplateStep step in steps)
        {
            if (_cut) return null;
            if (One(step) is { } failed) return failed;
        }

        return null;
    }

    private string? One(TemplateStep step)
    {
        switch (step)
        {
            case TemplateStep.Text text:
                return Append(text.Value, isOurs: _nesting == 0);
            case TemplateStep.Separator separator:
                return NextField(separator.Mark);
            case TemplateStep.Location location:
                return (location.Allowed & first.Location) != HostLocation.None ? null : "the host stands in another place than $S $A $P $X ask for";
            case TemplateStep.InEnvelope envelope:
                return envelope.Wanted == walk.Context.Envelope
                    ? null
                    : envelope.Wanted ? "$E, and the address is not from the envelope" : "$B, and the address is from the envelope";
            case TemplateStep.Direction direction:
                return direction.Forward == walk.Context.Forward
                    ? null
                    : direction.Forward ? "$F, and the address points backward" : "$R, and the address points forward";
            case TemplateStep.ChannelTest test:
                return Await(test);
            case TemplateStep.LocalDomainTest test:
                return Await(test);
            case TemplateStep.Force:
                _cut = CheckChannels() is not null;
                return null;
            case TemplateStep.Case mode:
                _case = mode.Mode;
                return null;
            case TemplateStep.QuoteForFilter:
                _quotesForFilter = true;
                return null;
            case TemplateStep.IfUnavailable text:
                return Argument(text.Value, Question.Plain, out _ifUnavailable);
            case TemplateStep.Tag tag:
                return Argument(tag.Value, Question.Plain, out _tag);
            case TemplateStep.FailureText failure:
                string? failed = Argument(failure.Value, Question.Plain, out string words);
                _failure = new FailureText(words, FailureText.Decode(failure.Code));
                return failed;
            case TemplateStep.Mapping mapping:
                return Ask(mapping);
            case TemplateStep.GeneralText general:
                return LookUp(general);
            case TemplateStep.Routine routine:
                return Ask(routine);
            case TemplateStep.DirectoryUrl url:
                return Ask(url);
            default:
                return Substitute(step);
        }
    }

    private string? NextField(char mark)
    {
        // Later percent signs are text, as they are when a template is written in one piece; so is either in an argument.
        if (_question != Question.None || (mark == '%' && _separators.Length > 0)) return Append(mark.ToString(), isOurs: true);
        if (CheckPending() is { } failed) return failed;
        if (_fields.Count == TemplateShape.MaximumFields) return "more fields than a template may have";
        _separators += mark;
        _fields.Add(new TemplateField());
        return _domainUnknown ? TakeDomainFailure() : null;
    }

    /// <param name="isOurs">text of the rule; what an answer holds may come from the address.</param>
    private string? Append(string text, bool isOurs)
    {
        if (!isOurs && _question == Question.Template) text = Escaped(text);
        TemplateField field = _fields[^1];
        if (field.Length + text.Length > MaximumField) return $"the result is longer than {MaximumField} characters";
        field.Append(text);
        return null;
    }

    private static string Escaped(string text) => text.AsSpan().IndexOfAny('$', '%', '@') < 0
        ? text
        : text.Replace("$", "$$", StringComparison.Ordinal).Replace("%", "$%", StringComparison.Ordinal).Replace("@", "$@", StringComparison.Ordinal);
}
