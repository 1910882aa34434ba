using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Postern.Mapping.Evaluation;
using Postern.Policy.Access;
using Postern.Policy.Callouts;
using Postern.Policy.Configuration;
using Postern.Smtp.Addresses;

namespace Postern.Policy.Rewriting;

/// <summary>
/// Applies one template to one host. Left to right; the first control or substitution that does not hold fails the rule, as if it
/// did not stand in the file. Channel and domain tests wait until their field ends (Technical Reference, "Application of
/// rewrite rules to addresses"), so that <c>$1~</c> can cut the template instead.
/// </summary>
/// <remarks>
/// INVARIANT: text that came from the address never becomes template text. It is only ever appended to a field; where an answer
/// is read again as a template, each <c>$</c> of the address in the question was doubled.
/// </remarks>
internal sealed class RuleApplication(ConfigurationSnapshot snapshot, Inquiry inquiry, RewriteContext context, FirstHost first, HostMatch match, string user, Mailbox address, List<ExplanationStep> steps)
{
    private const int MaximumNesting = 10;

    private readonly List<StringBuilder> _fields = [new StringBuilder()];
    private readonly StringBuilder _separators = new();
    private readonly List<TemplateStep.ChannelTest> _pendingChannels = [];
    private readonly List<TemplateStep.LocalDomainTest> _pendingDomains = [];
    private CaseMode _case;
    private string? _tag;
    private FailureText? _failure;
    private bool _cut;

    /// <summary>The rule failed because a table could not answer now; no other rule may be tried in its place.</summary>
    public bool Undecided { get; private set; }

    public RuleOutcome Apply(RewriteTemplate template)
    {
        string? failed = Run(template.Steps, 0) ?? (_cut ? null : CheckPending());
        if (failed is not null) return RuleOutcome.Fail(failed);
        string separators = _separators.ToString();
        if (!TemplateShape.IsValid(separators)) return RuleOutcome.Fail("the answer of a table made a shape that no template has");
        return new RuleOutcome(null, [.. _fields.Select(f => f.ToString())], separators, _tag, _failure);
    }

    private string? Run(ImmutableArray<TemplateStep> template, int nesting)
    {
        foreach (TemplateStep step in template)
        {
            if (_cut) return null;
            if (One(step, nesting) is { } failed) return failed;
        }

        return null;
    }

    private string? One(TemplateStep step, int nesting)
    {
        switch (step)
        {
            case TemplateStep.Text text:
                _fields[^1].Append(text.Value);
                return null;
            case TemplateStep.Separator separator:
                return NextField(separator.Mark);
            case TemplateStep.Location location:
                return (location.Allowed & first.Location) != HostLocation.None ? null : $"the host does not stand there ({location.Allowed})";
            case TemplateStep.InEnvelope envelope:
                return envelope.Wanted == context.Envelope ? null : envelope.Wanted ? "$E, envelope only" : "$B, header only";
            case TemplateStep.Direction direction:
                return direction.Forward == context.Forward ? null : direction.Forward ? "$F, recipients only" : "$R, senders only";
            case TemplateStep.ChannelTest test:
                _pendingChannels.Add(test);
                return null;
            case TemplateStep.LocalDomainTest test:
                _pendingDomains.Add(test);
                return null;
            case TemplateStep.Force:
                _cut = CheckChannels() is not null;
                return null;
            case TemplateStep.Case mode:
                _case = mode.Mode;
                return null;
            case TemplateStep.Tag tag:
                return Text(tag.Value, out _tag);
            case TemplateStep.FailureText failure:
                string? failed = Text(failure.Value, out string? words);
                _failure = new FailureText(words ?? "", FailureText.Decode(failure.Code));
                return failed;
            case TemplateStep.Mapping mapping:
                return Ask(mapping, nesting);
            case TemplateStep.GeneralText general:
                return LookUp(general, nesting);
            default:
                return Substitute(step);
        }
    }

    private string? NextField(char mark)
    {
        if (CheckPending() is { } failed) return failed;

        // Later percent signs are text, as they are when a template is written in one piece.
        if (mark == '%' && _separators.Length > 0)
        {
            _fields[^1].Append('%');
            return null;
        }

        if (_fields.Count == TemplateShape.MaximumFields) return "more fields than a template may have";
        _separators.Append(mark);
        _fields.Add(new StringBuilder());
        return null;
    }

    private string? Substitute(TemplateStep step)
    {
        string? value = step switch
        {
            TemplateStep.User { Part: var part } => UserText(part),
            TemplateStep.Host host => Without(host.Matched ? match.Matched : match.Unmatched, host.Drop),
            TemplateStep.Literal => match.Literal,
            TemplateStep.Label label => LabelOf(label),
            TemplateStep.Character character => address.ToString() is var text && character.Index < text.Length ? text[character.Index].ToString() : "",
            TemplateStep.Unique => UniqueText.Of(address, steps.Count + _fields.Count),
            _ => throw new InvalidOperationException($"no substitution for {step.GetType().Name}"),
        };
        if (value is null) return "the host has no such label";
        _fields[^1].Append(_case switch
        {
            CaseMode.Lower => value.ToLowerInvariant(),
            CaseMode.Upper => value.ToUpperInvariant(),
            _ => value,
        });
        return null;
    }

    private string UserText(UserPart part)
    {
        if (part == UserPart.Whole) return user;
        int plus = user.IndexOf('+', StringComparison.Ordinal);
        if (plus <= 0) return part == UserPart.WithoutSubaddress ? user : "";
        return part == UserPart.WithoutSubaddress ? user[..plus] : user[plus..];
    }

    private static string Without(string host, int labels)
    {
        if (labels == 0) return host;
        string[] parts = host.TrimStart('.').Split('.');
        return labels >= parts.Length ? "" : string.Join('.', parts[labels..]);
    }

    private string? LabelOf(TemplateStep.Label label)
    {
        string part = (label.Matched ? match.Matched : match.Unmatched).TrimStart('.');
        string[] labels = part.Length == 0 ? [] : part.Split('.');
        if (label.Index >= labels.Length) return null;
        return label.FromRight ? labels[^(label.Index + 1)] : labels[label.Index];
    }

    /// <summary>Expands an argument by itself.</summary>
    private string? Text(ImmutableArray<TemplateStep> argument, out string? value, bool doublesDollar = false, bool withoutTag = false)
    {
        StringBuilder text = new();
        value = null;
        foreach (TemplateStep step in argument)
        {
            if (step is TemplateStep.Text literal)
            {
                text.Append(literal.Value);
                continue;
            }

            _fields.Add(new StringBuilder());
            string? failed = step is TemplateStep.Mapping or TemplateStep.GeneralText ? "a table inside an argument" : One(step, MaximumNesting);
            string part = _fields[^1].ToString();
            _fields.RemoveAt(_fields.Count - 1);
            if (failed is not null) return failed;
            if (withoutTag && step is TemplateStep.Literal && part.StartsWith("IPv6:", StringComparison.OrdinalIgnoreCase)) part = part[5..];
            text.Append(doublesDollar ? part.Replace("$", "$$", StringComparison.Ordinal) : part);
        }

        value = text.ToString();
        return null;
    }

    private string? Ask(TemplateStep.Mapping mapping, int nesting)
    {
        if (nesting >= MaximumNesting) return "answers are nested too deeply";
        if (Text(mapping.Argument, out string? probe, doublesDollar: true, withoutTag: true) is { } failed) return failed;
        if (snapshot.Mappings.Find(mapping.Table) is not { } table) return $"no table {mapping.Table}";
        TableAnswer answer = inquiry.Ask(snapshot.Mappings, table, probe!, InputFlags.None, silenceFailsEntry: false);
        steps.AddRange(answer.Steps(decides: false));
        if (answer.Fault is { } fault)
        {
            Undecided = true;
            return $"{mapping.Table} cannot answer: {fault}";
        }

        if (answer.Result is not MappingResult.Match { AllFailed: false } matched || !matched.Flags.Has('Y')) return $"{mapping.Table} does not say yes";
        return Read(matched.Output, nesting);
    }

    private string? LookUp(TemplateStep.GeneralText general, int nesting)
    {
        if (nesting > 0) return "an answer of the general text asks it again";
        if (Text(general.Key, out string? key) is { } failed) return failed;
        return snapshot.Mappings.Options.GeneralText.TryGetValue(key!, out string? answer) ? Read(answer, nesting) : $"no general text for \"{key}\"";
    }

    private string? Read(string answer, int nesting)
    {
        if (answer.Length == 0) return null;
        return RewriteTemplateParser.ParseAnswer(answer) is { } template ? Run(template, nesting + 1) : "the answer is no template text";
    }

    private string? CheckPending() => CheckChannels() ?? CheckDomains();

    /// <summary>Of several <c>$M</c> (or <c>$Q</c>) any one is enough; of several <c>$N</c> (or <c>$C</c>) any match fails.</summary>
    private string? CheckChannels()
    {
        if (_pendingChannels.Count == 0) return null;
        TemplateStep.ChannelTest[] tests = [.. _pendingChannels];
        _pendingChannels.Clear();
        foreach (bool source in (ReadOnlySpan<bool>)[true, false])
        {
            if (!IsHonoured(source)) continue;
            bool wanted = false, satisfied = false;
            foreach (TemplateStep.ChannelTest test in tests)
            {
                if (test.Source != source) continue;
                if (Holds(test, out bool holds) is { } failed) return failed;
                if (!test.Wanted && holds) return source ? "$N, not from this source channel" : "$C, not to this destination channel";
                wanted |= test.Wanted;
                satisfied |= test.Wanted && holds;
            }

            if (wanted && !satisfied) return source ? "$M, another source channel" : "$Q, another destination channel";
        }

        return null;
    }

    /// <summary><c>norules</c> switches the tests of its channel off; a destination that is not known yet is not tested.</summary>
    private bool IsHonoured(bool source)
    {
        if (source) return snapshot.Channels.FindByName(context.SourceChannel)?.Rules ?? true;
        return !context.IsRecipient && context.DestinationChannel is { } destination && (snapshot.Channels.FindByName(destination)?.Rules ?? true);
    }

    private string? Holds(TemplateStep.ChannelTest test, out bool holds)
    {
        holds = context.Reprocessing;
        if (test.Name is not { } argument) return null;
        string? failed = Text(argument, out string? name);
        string actual = (test.Source ? context.SourceChannel : context.DestinationChannel!.Value).ToString();
        holds = actual.Equals(name?.Trim(), StringComparison.OrdinalIgnoreCase);
        return failed;
    }

    private string? CheckDomains()
    {
        foreach (TemplateStep.LocalDomainTest test in _pendingDomains)
        {
            if (Text(test.Domain, out string? domain) is { } failed) return failed;
            if ((HostText.Domain(domain!) is MailDomain.Name name ? snapshot.IsLocalDomain(name.Key, inquiry) : false) is not { } isLocal)
            {
                Undecided = true;
                return $"whether \"{domain}\" is a domain of the directory cannot be told now";
            }

            if (isLocal != test.Wanted)
            {
                _pendingDomains.Clear();
                return string.Create(CultureInfo.InvariantCulture, $"{(test.Wanted ? "$V" : "$Z")}, \"{domain}\" is {(isLocal ? "" : "not ")}a domain of the directory");
            }
        }

        _pendingDomains.Clear();
        return null;
    }
}
