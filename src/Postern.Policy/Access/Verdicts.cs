using System.Collections.Immutable;
using Postern.Policy.Aliases;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>Gathers what the tables of one RCPT say until there is a decision: the path, the longest delay, discard and hold.</summary>
internal sealed class Verdicts
{
    private readonly ImmutableArray<ExplanationStep>.Builder _steps = ImmutableArray.CreateBuilder<ExplanationStep>();
    private ImmutableArray<string> _headers = [];
    private ImmutableArray<string> _logTexts = [];
    private TimeSpan _delay;
    private bool _delayLater;
    private bool _discards;
    private bool _discardsAll;
    private bool _holds;

    /// <param name="tags">those the message has already.</param>
    public Verdicts(ImmutableArray<ExplanationStep> steps, ImmutableArray<string> tags)
    {
        _steps.AddRange(steps);
        Tags = tags;
    }

    /// <summary>Conversion tags, which each table asked shows to the next.</summary>
    public ImmutableArray<string> Tags { get; private set; }

    public void Add(ExplanationStep step) => _steps.Add(step);

    public void Add(ImmutableArray<ExplanationStep> steps) => _steps.AddRange(steps);

    public void Note(AccessAnswer answer)
    {
        if (answer.Delay > _delay) _delay = answer.Delay;
        _delayLater |= answer.DelayLater;
        _discards |= answer.Discards;
        _discardsAll |= answer.DiscardsAll;
        _holds |= answer.Holds;
        if (answer.Header is { } header && !_headers.Contains(header)) _headers = _headers.Add(header);
        if (answer.Tags is { } tags) Tags = ConversionTags.With(Tags, tags);
        _logTexts = _logTexts.AddRange(answer.LogTexts);
        _steps.AddRange(AnswerNotes.Of(answer));
    }

    public Decision Refuse(Verdict verdict, SmtpReply reply) =>
        new(verdict, reply, new Explanation(_steps.ToImmutable()), _delay, _delayLater, Recipients: []) { LogTexts = _logTexts };

    public Decision Accept(ImmutableArray<ExpandedRecipient> recipients, ImmutableArray<ExpansionNotice> notices) => new(
        _discards ? Verdict.Discard : _holds ? Verdict.Hold : Verdict.Accept,
        AccessReplies.RecipientAccepted,
        new Explanation(_steps.ToImmutable()),
        _delay,
        _delayLater,
        recipients,
        _headers,
        Notices: notices)
    {
        DiscardsAll = _discardsAll,
        Tags = Tags,
        LogTexts = _logTexts,
    };
}
