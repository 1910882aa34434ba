namespace Postern.Server.Delivery.Dsn;

/// <summary>Who reports, and to whom.</summary>
/// <param name="ReportingHost">our own name, the official host of channel <c>l</c>.</param>
/// <param name="FromAddress">what the notification is from (<c>returnaddress</c>); its envelope From is null.</param>
/// <param name="FromName">the name beside it (<c>returnpersonal</c>).</param>
/// <param name="Recipient">without angle brackets.</param>
public sealed record NotificationHead(string ReportingHost, string FromAddress, string FromName, string Recipient);
