using System.Collections.Immutable;
using Postern.Policy.Channels;
using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>What a next hop's reply means for the recipients it was about (RFC 5321 §4.2.1, §4.5.3.1.10).</summary>
internal static class ReplyClassification
{
    /// <summary>Builds the fault for a reply that does not let the transaction go on. 552 to RCPT that means "too many recipients" is temporary; so is an answer of the wrong kind.</summary>
    /// <param name="permanentTexts">see <see cref="ChannelDefinition.PermanentErrorTexts"/>.</param>
    public static DeliveryFault Fault(DeliveryPhase phase, SmtpReply reply, string remoteHost, ImmutableArray<string> permanentTexts = default)
    {
        bool permanent = reply.Code >= 500 && phase switch
        {
            DeliveryPhase.Connect or DeliveryPhase.Greeting => reply.Code is 521 or 554,
            DeliveryPhase.Tls => false,
            DeliveryPhase.RcptTo => reply.Code != 552 || !IsTooMany(reply) || Holds(reply, permanentTexts),
            _ => true,
        };
        EnhancedCode status = reply.Enhanced is { } given && given.Class == (permanent ? 5 : 4)
            ? given
            : Derived(phase, reply, permanent);
        return new DeliveryFault(phase, status, ReplyText.Words(reply), remoteHost, ReplyText.Of(reply));
    }

    private static bool IsTooMany(SmtpReply reply) => reply.Enhanced is { Subject: 5, Detail: 3 } || Holds(reply, ["recipients"]);

    private static bool Holds(SmtpReply reply, ImmutableArray<string> texts) =>
        !texts.IsDefaultOrEmpty && texts.Any(t => ReplyText.Words(reply).Contains(t, StringComparison.OrdinalIgnoreCase));

    private static EnhancedCode Derived(DeliveryPhase phase, SmtpReply reply, bool permanent)
    {
        int kind = permanent ? 5 : 4;
        return (phase, reply.Code) switch
        {
            (_, < 400) => new EnhancedCode(kind, 5, 0),
            (_, 421) => new EnhancedCode(kind, 4, 2),
            (_, 552) => new EnhancedCode(kind, permanent ? 3 : 5, permanent ? 4 : 3),
            (DeliveryPhase.RcptTo, 550) => new EnhancedCode(kind, 1, 1),
            _ => new EnhancedCode(kind, 0, 0),
        };
    }
}
