using System.Collections.Immutable;
using Postern.Policy.Aliases;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>Gathers what the tables of one RCPT say until there is a decision: the path, the longest delay, discard and hold.</summary>
internal sealed class Verdicts
{
    private readonly ImmutableArray<ExplanationStep>.Builder _steps = ImmutableArray.CreateBuilder<ExplanationStep>();
    private ImmutableArray<string> _headers = [];
    private TimeSpan _delay;
    private bool _delayLater;
    private bool _discards;
    private bool _holds;

    public Verdicts(ImmutableArray<ExplanationStep> steps) => _steps.AddRange(steps);

    public void Add(ExplanationStep step) => _steps.Add(step);

    public void Add(ImmutableArray<ExplanationStep> steps) => _steps.AddRange(steps);

    public void Note(AccessAnswer answer)
    {
        if (answer.Delay > _delay) _delay = answer.Delay;
        _delayLater |= answer.DelayLater;
        _discards |= answer.Discards;
        _holds |= answer.Holds;
        if (answer.Header is { } header && !_headers.Contains(header)) _headers = _headers.Add(header);
        if (answer.Doubt is { } doubt) _steps.Add(new ExplanationStep.Note(doubt));
    }

    public Decision Refuse(Verdict verdict, SmtpReply reply) =>
        new(verdict, reply, new Explanation(_steps.ToImmutable()), _delay, _delayLater, Recipients: []);

    public Decision Accept(ImmutableArray<ExpandedRecipient> recipients, ImmutableArray<ExpansionNotice> notices) => new(
        _discards ? Verdict.Discard : _holds ? Verdict.Hold : Verdict.Accept,
        AccessReplies.RecipientAccepted,
        new Explanation(_steps.ToImmutable()),
        _delay,
        _delayLater,
        recipients,
        _headers,
        Notices: notices);
}
