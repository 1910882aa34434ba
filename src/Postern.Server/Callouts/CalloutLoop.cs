using Postern.Mapping.Evaluation;
using Postern.Policy.Access;

namespace Postern.Server.Callouts;

/// <summary>
/// Asks the policy, gets what it needs from outside, and asks again with that, until nothing is open. The server and the commands that
/// test a configuration use this one loop, with different responders.
/// </summary>
/// <remarks>INVARIANT: a question that stays open has the result that the policy gave it: "cannot tell", a 4xx.</remarks>
/// <param name="time">for <see cref="Patience"/>.</param>
public sealed class CalloutLoop(ICalloutResponder responder, TimeProvider time)
{
    /// <summary>Callouts of one question; a table that asks for more is not decided.</summary>
    public const int MaximumCallouts = 64;

    /// <summary>For all callouts of one question together; those that are open then are unavailable. A client waits five minutes (RFC 5321 §4.5.3.2).</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>A decision, with every callout it needs answered that can be.</summary>
    /// <param name="ask">asked more than once, so nothing but the answers may change between.</param>
    public ValueTask<Decision> DecideAsync(Func<CalloutAnswers, Decision> ask, CancellationToken cancellationToken) =>
        AskAsync(ask, static decision => decision.Pending, cancellationToken);

    /// <summary>Any question. Without a callout it is answered at once.</summary>
    /// <param name="pending">the callout a result waits for, or null.</param>
    public ValueTask<T> AskAsync<T>(Func<CalloutAnswers, T> ask, Func<T, Callout?> pending, CancellationToken cancellationToken)
    {
        T result = ask(CalloutAnswers.Empty);
        return pending(result) is null ? ValueTask.FromResult(result) : FinishAsync(ask, pending, result, cancellationToken);
    }

    private async ValueTask<T> FinishAsync<T>(Func<CalloutAnswers, T> ask, Func<T, Callout?> pending, T result, CancellationToken cancellationToken)
    {
        using CancellationTokenSource patience = new(Patience, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        CalloutAnswers answers = CalloutAnswers.Empty;
        for (int asked = 0; asked < MaximumCallouts && pending(result) is { } callout; asked++)
        {
            if (await AnswerAsync(callout, either.Token, cancellationToken) is not { } answer) break;
            answers = (await AlongAsync(callout, answers, either.Token, cancellationToken)).With(callout, answer);
            result = ask(answers);
        }

        return result;
    }

    private async ValueTask<CalloutAnswers> AlongAsync(Callout callout, CalloutAnswers answers, CancellationToken limited, CancellationToken cancellationToken)
    {
        if (callout.Along.IsEmpty) return answers;
        CalloutAnswer?[] along = await Task.WhenAll(callout.Along.Select(c => AnswerAsync(c, limited, cancellationToken).AsTask()));
        for (int i = 0; i < along.Length; i++)
        {
            if (along[i] is { } answer) answers = answers.With(callout.Along[i], answer);
        }

        return answers;
    }

    private async ValueTask<CalloutAnswer?> AnswerAsync(Callout callout, CancellationToken limited, CancellationToken cancellationToken)
    {
        try
        {
            limited.ThrowIfCancellationRequested();
            return await responder.AnswerAsync(callout, limited);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new CalloutAnswer.Unavailable();
        }
    }
}
