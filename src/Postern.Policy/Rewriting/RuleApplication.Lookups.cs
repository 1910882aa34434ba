using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;

namespace Postern.Policy.Rewriting;

/// <content>Tables, general text and callouts, and the arguments they are asked with.</content>
internal sealed partial class RuleApplication
{
    private const int MaximumNesting = 10;

    private Question _question;
    private int _nesting;
    private bool _inGeneralText;

    /// <summary>What text is being put together.</summary>
    private enum Question
    {
        /// <summary>The result of the rule.</summary>
        None,

        /// <summary>An argument whose text stays text.</summary>
        Plain,

        /// <summary>The question to something whose answer is template text.</summary>
        Template,
    }

    /// <summary>Expands an argument by itself.</summary>
    private string? Argument(ImmutableArray<TemplateStep> steps, Question question, out string text)
    {
        if (steps is [TemplateStep.Text only])
        {
            text = only.Value;
            return null;
        }

        // An argument inside the question to a table is a part of that question.
        Question outer = _question;
        if (_question != Question.Template) _question = question;
        _fields.Add(new TemplateField());
        string? failed = Run(steps);
        text = _fields[^1].ToString();
        _fields.RemoveAt(_fields.Count - 1);
        _question = outer;
        return failed;
    }

    private string? Ask(TemplateStep.Mapping mapping)
    {
        if (Argument(mapping.Argument, Question.Template, out string probe) is { } failed) return failed;
        if (walk.Snapshot.Mappings.Find(mapping.Table) is not { } table) return $"there is no table \"{mapping.Table}\"";
        if (!walk.TryCountLookup()) return TooManyLookups;
        TableAnswer answer = walk.Map(table, probe);
        if (answer.Fault is { } fault) return Unknown($"table \"{mapping.Table}\" cannot answer: {fault}");
        if (answer.Result is not MappingResult.Match { AllFailed: false } matched) return $"no entry of table \"{mapping.Table}\" applies";
        return matched.Flags.Has('Y') && !matched.Flags.Has('N') ? Read(matched.Output, $"table \"{mapping.Table}\"") : $"table \"{mapping.Table}\" does not answer $Y";
    }

    private string? LookUp(TemplateStep.GeneralText general)
    {
        if (_inGeneralText) return "an answer of the general text asks it again";
        if (Argument(general.Key, Question.Plain, out string key) is { } failed) return failed;
        if (!walk.TryCountLookup()) return TooManyLookups;
        if (!walk.Snapshot.Mappings.Options.GeneralText.TryGetValue(key, out string? answer)) return $"there is no general text \"{key}\"";
        _inGeneralText = true;
        failed = Read(answer, "the general text");
        _inGeneralText = false;
        return failed;
    }

    private string? Ask(TemplateStep.Routine routine)
    {
        if (Argument(routine.Argument, Question.Template, out string argument) is { } failed) return failed;
        Callout callout = new(CalloutKind.Routine, routine.Name, argument);
        return walk.Ask(callout) switch
        {
            null => Unknown($"routine \"{routine.Name}\" must be asked first"),
            CalloutAnswer.Success success => Read(success.Text, $"routine \"{routine.Name}\""),
            CalloutAnswer.Failure => $"routine \"{routine.Name}\" answered no",
            _ => Unknown($"routine \"{routine.Name}\" cannot answer now"),
        };
    }

    /// <summary>A value of the directory is text, never template text.</summary>
    private string? Ask(TemplateStep.DirectoryUrl url)
    {
        if (Argument(url.Url, Question.Plain, out string argument) is { } failed) return failed;
        Callout callout = new(CalloutKind.Url, "", argument);
        return walk.Ask(callout) switch
        {
            null => Unknown("the directory must be asked first"),
            CalloutAnswer.Success success => Substituted(success.Text),
            CalloutAnswer.Failure => "the directory has no value",
            _ => _ifUnavailable is { } text ? Append(text, isOurs: true) : Unknown("the directory cannot answer now"),
        };
    }

    private string? Read(string answer, string whose)
    {
        if (answer.Length == 0) return null;
        if (_nesting >= MaximumNesting) return "answers are nested too deeply";
        if (RewriteTemplateParser.ParseAnswer(answer, walk.Snapshot.Mappings.Options) is not { } steps) return $"what {whose} gives is no template text";
        _nesting++;
        string? failed = Run(steps);
        _nesting--;
        return failed;
    }

    private string Unknown(string reason)
    {
        _cannotTell = true;
        return reason;
    }

    private static string TooManyLookups => $"more than {RewriteWalk.MaximumLookups} look-ups";
}
