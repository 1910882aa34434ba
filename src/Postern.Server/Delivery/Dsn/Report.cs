using Postern.Policy.Channels;
using Postern.Queue;

namespace Postern.Server.Delivery.Dsn;

/// <summary>One notification that is to be written.</summary>
/// <param name="Recipient">whom it tells.</param>
/// <param name="Channel">the channel the message waits or failed on; its options say what the notification looks like.</param>
/// <param name="About">the message, with the recipients to be reported.</param>
/// <param name="Returned">how much of the message it brings back.</param>
internal sealed record Report(NotificationKind Kind, string Recipient, ChannelDefinition Channel, PendingNotification About, ReturnedPart Returned);
