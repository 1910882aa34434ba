using Postern.Mapping.Evaluation;

namespace Postern.Cli.Commands;

/// <summary>Callouts and their answers for people.</summary>
internal static class CalloutText
{
    public static string Of(Callout callout) => callout.Kind switch
    {
        CalloutKind.Routine => $"routine {callout.Name} \"{callout.Argument}\"",
        CalloutKind.Url => $"url {callout.Argument}",
        CalloutKind.DomainAttribute => $"attribute {callout.Name} of domain \"{callout.Argument}\"",
        CalloutKind.Sequence => $"sequence {callout.Name}",
        _ => throw new InvalidOperationException($"no text for {callout.Kind}"),
    };

    public static string Of(CalloutAnswer answer) => answer switch
    {
        CalloutAnswer.Success success => success.Text.Length == 0 ? "yes" : $"yes \"{success.Text}\"",
        CalloutAnswer.Failure => "no",
        _ => "unavailable",
    };

    /// <summary>The stable name in JSON.</summary>
    public static string Of(CalloutKind kind) => kind switch
    {
        CalloutKind.Routine => "routine",
        CalloutKind.Url => "url",
        CalloutKind.DomainAttribute => "domain_attribute",
        CalloutKind.Sequence => "sequence",
        _ => throw new InvalidOperationException($"no name for {kind}"),
    };
}
