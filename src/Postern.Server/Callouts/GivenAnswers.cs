using System.Diagnostics.CodeAnalysis;
using Postern.Mapping.Evaluation;

namespace Postern.Server.Callouts;

/// <summary>
/// Answers that a person wrote down, for commands that try a configuration: <c>name,argument => answer</c>, or <c>name => answer</c> for every
/// argument. The answer is <c>yes</c>, <c>yes text</c>, <c>no</c> or <c>unavailable</c>. The first that fits counts.
/// </summary>
/// <param name="otherwise">asked about what has no answer here; null leaves that open.</param>
public sealed class GivenAnswers(IReadOnlyList<KeyValuePair<string, CalloutAnswer>> answers, ICalloutResponder? otherwise) : ICalloutResponder
{
    private const string Arrow = "=>";

    /// <summary>How a callout is written, here and in the output of commands.</summary>
    public static string Question(Callout callout)
    {
        ArgumentNullException.ThrowIfNull(callout);
        return callout.Kind switch
        {
            CalloutKind.Url or CalloutKind.Directory => callout.Argument,
            CalloutKind.DomainAttribute => $"{callout.Argument},{callout.Name}",
            CalloutKind.Sequence => callout.Name,
            _ => $"{callout.Name},{callout.Argument}",
        };
    }

    /// <summary>Reads one; false when it is not of that form.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out KeyValuePair<string, CalloutAnswer>? answer)
    {
        ArgumentNullException.ThrowIfNull(text);
        int arrow = text.IndexOf(Arrow, StringComparison.Ordinal);
        string said = arrow < 0 ? "" : text[(arrow + Arrow.Length)..].Trim();
        CalloutAnswer? read = said switch
        {
            "yes" => new CalloutAnswer.Success(""),
            "no" => new CalloutAnswer.Failure(),
            "unavailable" => new CalloutAnswer.Unavailable(),
            _ when said.StartsWith("yes ", StringComparison.Ordinal) => new CalloutAnswer.Success(said["yes ".Length..]),
            _ => null,
        };
        answer = read is null ? null : new(text[..arrow].Trim(), read);
        return read is not null;
    }

    public ValueTask<CalloutAnswer?> AnswerAsync(Callout callout, CancellationToken cancellationToken)
    {
        string question = Question(callout);
        foreach ((string about, CalloutAnswer answer) in answers)
        {
            if (about == question || (callout.Name.Length > 0 && about.Equals(callout.Name, StringComparison.OrdinalIgnoreCase))) return ValueTask.FromResult<CalloutAnswer?>(answer);
        }

        return otherwise?.AnswerAsync(callout, cancellationToken) ?? ValueTask.FromResult<CalloutAnswer?>(null);
    }
}
