using Postern.Policy.Channels;

namespace Postern.Policy.Access;

/// <summary>Everything policy may know of a session. Immutable; the runner makes a new one when something changes.</summary>
/// <param name="HeloName">null before HELO/EHLO.</param>
/// <param name="Tls">"TLS1.3:cipher" or null in the clear.</param>
/// <param name="AuthenticatedUser">the address whose password was checked, or null.</param>
public sealed record SessionFacts(
    ClientConnection Connection,
    SourceChannel Source,
    string? HeloName = null,
    bool Extended = false,
    string? Tls = null,
    string? AuthenticatedUser = null)
{
    /// <summary>The app-info field: <c>SMTP/helo</c>, over TLS <c>SMTP/TLS-info/helo</c>.</summary>
    public string ApplicationInformation => Tls is null ? $"SMTP/{HeloName}" : $"SMTP/{Tls}/{HeloName}";
}
