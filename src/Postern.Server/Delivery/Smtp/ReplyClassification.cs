using Postern.Smtp.Replies;

namespace Postern.Server.Delivery.Smtp;

/// <summary>What a next hop's reply means for the recipients it was about (RFC 5321 §4.2.1, §4.5.3.1.10).</summary>
internal static class ReplyClassification
{
    /// <summary>Builds the fault for a reply that is not positive. 552 to RCPT means "too many recipients" and is temporary.</summary>
    public static DeliveryFault Fault(DeliveryPhase phase, SmtpReply reply, string remoteHost)
    {
        bool permanent = reply.Code >= 500
            && !(phase == DeliveryPhase.RcptTo && reply.Code == 552 && reply.ToString().Contains("recipients", StringComparison.OrdinalIgnoreCase));
        EnhancedCode status = reply.Enhanced is { } given && given.Class == (permanent ? 5 : 4)
            ? given
            : Derived(phase, permanent);
        return new DeliveryFault(phase, status, string.Join(' ', reply.Lines), remoteHost, reply.ToString());
    }

    private static EnhancedCode Derived(DeliveryPhase phase, bool permanent)
    {
        (int subject, int detail) = phase switch
        {
            DeliveryPhase.RcptTo => (1, 1),
            DeliveryPhase.MailFrom => (1, 8),
            DeliveryPhase.Content => (6, 0),
            _ => (4, 2),
        };
        return new EnhancedCode(permanent ? 5 : 4, permanent ? subject : 0, permanent ? detail : 0);
    }
}
