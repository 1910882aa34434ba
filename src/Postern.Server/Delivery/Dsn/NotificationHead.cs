using Postern.Policy.Configuration;

namespace Postern.Server.Delivery.Dsn;

/// <summary>Who reports, to whom, and in whose words.</summary>
/// <param name="ReportingHost">our own name, the official host of channel <c>l</c>.</param>
/// <param name="FromAddress">what the notification is from (<c>returnaddress</c>); its envelope From is null.</param>
/// <param name="FromName">the name beside it (<c>returnpersonal</c>).</param>
/// <param name="Recipient">without angle brackets.</param>
public sealed record NotificationHead(string ReportingHost, string FromAddress, string FromName, string Recipient)
{
    public NotificationTexts Texts { get; init; } = NotificationTexts.English;

    /// <summary>How long the message has waited.</summary>
    public TimeSpan Age { get; init; }

    /// <summary>How long it may wait in all, the last of <c>notices</c>.</summary>
    public TimeSpan Lifetime { get; init; }

    /// <summary>A day, or an hour with RETURN_UNITS=1.</summary>
    public TimeSpan Unit { get; init; } = TimeSpan.FromDays(1);
}
