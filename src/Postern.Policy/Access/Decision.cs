using System.Collections.Immutable;
using Postern.Mapping.Evaluation;
using Postern.Policy.Aliases;
using Postern.Smtp.Replies;

namespace Postern.Policy.Access;

/// <summary>The answer to a connection, sender or recipient, with the whole reason for it.</summary>
/// <param name="Reply">without the decision id; whoever sends it appends that.</param>
/// <param name="Delay">waited before the reply (argument of <c>$D</c>, at most 60 s).</param>
/// <param name="DelayLater">a positive <c>$D</c>: every later command of the transaction waits as long.</param>
/// <param name="Recipients">for an accepted RCPT what is to be queued; empty otherwise.</param>
/// <param name="AddedHeaders">header lines of <c>$A</c>, without line end.</param>
/// <param name="SenderReplacement">the new reverse-path of <c>$J</c> in FROM_ACCESS, or null.</param>
/// <param name="Silent">a refused connection is closed without a word.</param>
/// <param name="Notices">reports of success that the sender is owed once the message is queued.</param>
public sealed record Decision(
    Verdict Verdict,
    SmtpReply Reply,
    Explanation Explanation,
    TimeSpan Delay = default,
    bool DelayLater = false,
    ImmutableArray<ExpandedRecipient> Recipients = default,
    ImmutableArray<string> AddedHeaders = default,
    string? SenderReplacement = null,
    bool Silent = false,
    ImmutableArray<ExpansionNotice> Notices = default)
{
    /// <summary>
    /// The first callout without an answer: ask again with it. Until then the verdict is <see cref="Verdict.Defer"/>. Null: nothing is open.
    /// </summary>
    public Callout? Pending { get; init; }

    /// <summary>The message is dropped for every recipient of the transaction (<c>$V</c>, <c>$Z</c>).</summary>
    public bool DiscardsAll { get; init; }

    /// <summary>FROM_ACCESS: whom the Sender field of the header names (<c>$K</c>); null leaves it to <c>authrewrite</c>.</summary>
    public string? HeaderSender { get; init; }

    /// <summary>Conversion tags (<c>$G</c>); those of the sender are shown to the tables asked about recipients.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>What entries want logged (<c>$&lt;</c>, <c>$&gt;</c>).</summary>
    public ImmutableArray<string> LogTexts { get; init; } = [];
}
