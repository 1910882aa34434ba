using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Dsn;

/// <summary>One recipient a failure notification tells about.</summary>
/// <param name="Diagnostic">the remote reply or our own reason.</param>
/// <param name="RemoteHost">null when no other host was asked.</param>
public sealed record FailedRecipient(
    string Address,
    string? OriginalRecipient,
    EnhancedCode Status,
    string Diagnostic,
    string? RemoteHost,
    DateTimeOffset LastAttempt);
