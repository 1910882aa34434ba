using System.Collections.Immutable;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Dsn;

/// <summary>One recipient a notification tells about.</summary>
/// <param name="Diagnostic">the remote reply or our own reason; "" when all went well.</param>
/// <param name="RemoteHost">null when no other host was asked.</param>
/// <param name="RetryUntil">when the message will be given up; null for a failure.</param>
public sealed record ReportedRecipient(
    string Address,
    string? OriginalRecipient,
    EnhancedCode Status,
    string Diagnostic,
    string? RemoteHost,
    DateTimeOffset LastAttempt,
    DateTimeOffset? RetryUntil = null)
{
    /// <summary>The attempts so far that did not succeed, the oldest first (HISTORY_TO_RETURN).</summary>
    public ImmutableArray<(DateTimeOffset Time, string Said)> Attempts { get; init; } = [];

    /// <summary>An operator returned it.</summary>
    public bool IsReturned { get; init; }
}
