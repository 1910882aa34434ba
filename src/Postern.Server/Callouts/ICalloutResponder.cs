using Postern.Mapping.Evaluation;

namespace Postern.Server.Callouts;

/// <summary>Answers what tables ask of the world outside.</summary>
public interface ICalloutResponder
{
    /// <summary>Never throws for what the world does: trouble is <see cref="CalloutAnswer.Unavailable"/>.</summary>
    /// <returns>null when this responder does not answer such a callout; the question then stays open.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/>.</exception>
    ValueTask<CalloutAnswer?> AnswerAsync(Callout callout, CancellationToken cancellationToken);
}
