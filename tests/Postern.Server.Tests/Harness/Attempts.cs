using System.Collections.Immutable;
using System.Text;
using Postern.Policy.Channels;
using Postern.Policy.Configuration;
using Postern.Queue;
using Postern.Server.Delivery;

namespace Postern.Server.Tests.Harness;

/// <summary>Builds delivery attempts without a queue.</summary>
internal static class Attempts
{
    public const string Letter = "Subject: hello\r\n\r\n.dot\r\nbody\r\n";

    public static DeliveryAttempt For(
        ConfigurationSnapshot snapshot,
        ChannelDefinition channel,
        IEnumerable<string> recipients,
        string content = Letter,
        string from = "s@ext.example",
        BodyType body = BodyType.SevenBit,
        bool isChecked = true,
        string source = "tcp_local",
        string? original = null,
        DsnNotify notify = DsnNotify.None,
        string? envelopeId = null,
        ReturnContent returned = ReturnContent.Unspecified,
        bool smtpUtf8 = false)
    {
        Envelope envelope = new(
            QueueId.New(TimeProvider.System), from, envelopeId, returned, smtpUtf8, body, DateTimeOffset.UnixEpoch, source, "TCP|192.0.2.25|25|203.0.113.9|40000", "SMTP/client.test", null, null);
        ImmutableArray<QueuedRecipient> list =
        [
            .. recipients.Select((r, i) => new QueuedRecipient(
                i, r, "next.test", original, notify, isChecked, RecipientState.Claimed, 0, default, null, null, null, false)),
        ];
        byte[] bytes = Encoding.UTF8.GetBytes(content);
        QueuedCopy copy = new(1, envelope, channel.Name.ToString(), from, null, bytes.Length, list);
        return new DeliveryAttempt(copy, "next.test", channel, snapshot, _ => Task.FromResult<Stream>(new MemoryStream(bytes, writable: false)));
    }

    /// <summary>One word for each outcome, with the status of faults: <c>delivered</c>, <c>deferred 4.2.0</c>, <c>failed 5.1.1</c>, <c>untried</c>, <c>held</c>.</summary>
    public static string[] Words(ImmutableArray<RecipientOutcome> outcomes) =>
    [
        .. outcomes.Select(o => o switch
        {
            RecipientOutcome.Delivered => "delivered",
            RecipientOutcome.Deferred d => $"deferred {d.Fault.Status}",
            RecipientOutcome.Failed f => $"failed {f.Fault.Status}",
            RecipientOutcome.Untried => "untried",
            _ => "held",
        }),
    ];
}
