using System.Collections.Immutable;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>The meaning of what an access table said: flags with their arguments taken from the output string.</summary>
public sealed record AccessAnswer
{
    public static AccessAnswer Permit { get; } = new();

    /// <summary><c>$N</c> or <c>$F</c>.</summary>
    public bool Rejects { get; init; }

    /// <summary>Of the rejection; "" stands for the default text.</summary>
    public string Text { get; init; } = "";

    /// <summary><c>$B</c>, or one of those of <see cref="DiscardsAll"/>.</summary>
    public bool Discards { get; init; }

    /// <summary><c>$V</c> or <c>$Z</c>: the message is dropped for every recipient.</summary>
    public bool DiscardsAll { get; init; }

    /// <summary><c>$H</c>.</summary>
    public bool Holds { get; init; }

    /// <summary>Absolute value of <c>$D</c>, at most <see cref="AccessAnswerReader.LongestDelay"/>.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>A positive <c>$D</c>.</summary>
    public bool DelayLater { get; init; }

    /// <summary><c>$X</c>.</summary>
    public EnhancedCode? Status { get; init; }

    /// <summary><c>$A</c>, one header line.</summary>
    public string? Header { get; init; }

    /// <summary><c>$J</c>.</summary>
    public string? Sender { get; init; }

    /// <summary><c>$K</c>.</summary>
    public string? HeaderSender { get; init; }

    /// <summary><c>$G</c>, conversion tags joined by commas.</summary>
    public string? Tags { get; init; }

    /// <summary><c>$,</c>.</summary>
    public double ScoreAdjustment { get; init; }

    /// <summary>For the log: the text of <c>$&lt;</c>, or that of <c>$&gt;</c> when the answer rejects.</summary>
    public string? LogText { get; init; }

    /// <inheritdoc cref="LogText"/>
    public ImmutableArray<string> LogTexts => LogText is { } text ? [text] : [];

    /// <summary>What could not be read, for the log; null when everything could.</summary>
    public string? Doubt { get; init; }

    /// <summary>A rejection with a status of class 4 is for now only.</summary>
    public Verdict RefusalVerdict => Status?.Class == 4 ? Verdict.Defer : Verdict.Reject;
}
