using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>The meaning of what an access table said: flags with their arguments taken from the output string.</summary>
/// <param name="Rejects"><c>$N</c> or <c>$F</c>.</param>
/// <param name="Text">of the rejection; "" stands for the default text.</param>
/// <param name="Delay">absolute value of <c>$D</c>, at most <see cref="AccessAnswerReader.LongestDelay"/>.</param>
/// <param name="DelayLater">a positive <c>$D</c>.</param>
/// <param name="Status"><c>$X</c>.</param>
/// <param name="Header"><c>$A</c>, one header line.</param>
/// <param name="Sender"><c>$J</c>.</param>
/// <param name="Doubt">what could not be read, for the log; null when everything could.</param>
public sealed record AccessAnswer(
    bool Rejects,
    string Text,
    bool Discards,
    bool Holds,
    TimeSpan Delay,
    bool DelayLater,
    EnhancedCode? Status,
    string? Header,
    string? Sender,
    string? Doubt)
{
    public static AccessAnswer Permit { get; } = new(false, "", false, false, TimeSpan.Zero, false, null, null, null, null);
}
