using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Parsing;
using Postern.Queue;
using Postern.Server.Operations;

namespace Postern.Cli;

/// <summary>The options by which <c>postern queue</c> commands choose recipients.</summary>
internal sealed class QueueSelection
{
    private readonly Argument<QueueId[]> _ids;
    private readonly Option<string?> _channel = new("--channel") { Description = "only this destination channel", HelpName = "C" };
    private readonly Option<string?> _host = new("--host") { Description = "only this next hop", HelpName = "H" };
    private readonly Option<string?> _from = new("--from") { Description = "only this envelope sender; * is any text, <> the null sender", HelpName = "A" };
    private readonly Option<string?> _to = new("--to") { Description = "only this recipient; * is any text", HelpName = "A" };
    private readonly Option<TimeSpan?> _older = new("--older") { Description = "only messages received longer ago: 30s, 90m, 4h, 2d", HelpName = "AGE", CustomParser = AgeArgument.Parse };
    private readonly Option<TimeSpan?> _newer = new("--newer") { Description = "only messages received since then", HelpName = "AGE", CustomParser = AgeArgument.Parse };
    private readonly Option<string?> _reply = new("--reply") { Description = "only where the last reply, or the reason of a hold, has this text", HelpName = "TEXT" };
    private readonly Option<string?> _subject = new("--subject") { Description = "only messages with this text in the Subject; with *, which is any text, it is the whole Subject; \"\" has none", HelpName = "TEXT" };
    private readonly Option<string> _match = new("--match") { Description = "whether all of --from, --to, --subject and --reply must hold or one of them", HelpName = "and|or", DefaultValueFactory = _ => "and" };
    private readonly Option<string?> _state = new("--state") { Description = "only this state", HelpName = "S" };

    public QueueSelection()
    {
        _ids = new Argument<QueueId[]>("ID")
        {
            Description = "ids of messages; none: all that the options choose",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = ParseIds,
        };
        _state.AcceptOnlyFromAmong("active", "delayed", "queued", "claimed", "held", "delivered", "relayed", "expanded", "failed");
        _match.AcceptOnlyFromAmong("and", "or");
    }

    /// <summary>Those that choose by themselves.</summary>
    private IEnumerable<Option> Options => [_channel, _host, _from, _to, _subject, _older, _newer, _reply, _state];

    public void AddTo(Command command)
    {
        command.Add(_ids);
        foreach (Option option in Options) command.Add(option);
        command.Add(_match);
    }

    /// <summary>Messages are named, and nothing else chooses among their recipients.</summary>
    public bool IsByIdOnly(ParseResult parsed) => parsed.GetValue(_ids) is { Length: > 0 } && !Options.Any(o => parsed.GetResult(o) is not null);

    /// <summary>Nothing at all was said of what is meant.</summary>
    public bool IsEmpty(ParseResult parsed) => parsed.GetValue(_ids) is not { Length: > 0 } && !Options.Any(o => parsed.GetResult(o) is not null);

    public QueueFilter Filter(ParseResult parsed, DateTimeOffset now) => new()
    {
        Ids = [.. parsed.GetValue(_ids) ?? []],
        Channel = parsed.GetValue(_channel),
        Host = parsed.GetValue(_host),
        ReversePath = Unbracketed(parsed.GetValue(_from)),
        Recipient = Unbracketed(parsed.GetValue(_to)),
        LastReply = parsed.GetValue(_reply),
        Content = parsed.GetValue(_subject) is { } subject ? new SubjectTest(subject) : null,
        MatchesAny = parsed.GetValue(_match) == "or",
        ReceivedBefore = now - parsed.GetValue(_older),
        ReceivedSince = now - parsed.GetValue(_newer),
        State = parsed.GetValue(_state) switch
        {
            null => null,
            "active" or "delayed" => RecipientState.Queued,
            string name => Enum.Parse<RecipientState>(name, ignoreCase: true),
        },
        Tried = parsed.GetValue(_state) switch
        {
            "active" => false,
            "delayed" => true,
            _ => null,
        },
    };

    private static string? Unbracketed(string? address) => address is ['<', .., '>'] ? address[1..^1] : address;

    private static QueueId[] ParseIds(ArgumentResult result)
    {
        ImmutableArray<QueueId>.Builder ids = ImmutableArray.CreateBuilder<QueueId>();
        foreach (Token token in result.Tokens)
        {
            if (QueueId.TryParse(token.Value, out QueueId id)) ids.Add(id);
            else result.AddError($"\"{token.Value}\" is no queue id");
        }

        return ids.ToArray();
    }
}
