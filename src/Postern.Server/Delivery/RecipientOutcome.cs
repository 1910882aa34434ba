using Postern.Server.Delivery.Smtp;

namespace Postern.Server.Delivery;

/// <summary>What one delivery attempt did for one recipient.</summary>
public abstract record RecipientOutcome
{
    /// <summary>The connection on which it was decided; null where there was none, or no next hop.</summary>
    public HopFacts? Hop { get; init; }

    /// <summary>The next hop or the store took responsibility.</summary>
    /// <param name="Reply">its words, for the log.</param>
    /// <param name="Report">what a sender is told who asked for news of success.</param>
    public sealed record Delivered(string Reply, SuccessReport Report = SuccessReport.Delivered) : RecipientOutcome
    {
        /// <summary>What the next hop answered, for a report that it took the message; null when there was none.</summary>
        public LastReply? Remote { get; init; }
    }

    /// <summary>Try again later.</summary>
    /// <param name="HostFault">the next hop itself cannot be used now: other mail for it need not try.</param>
    public sealed record Deferred(DeliveryFault Fault, bool HostFault) : RecipientOutcome
    {
        /// <summary>False: nothing was tried (DEQUEUE_ACCESS), and it does not count.</summary>
        public bool IsAttempt { get; init; } = true;

        /// <summary>When to try again; null leaves that to the channel's back-off.</summary>
        public TimeSpan? RetryAfter { get; init; }
    }

    /// <summary>Never; the sender is told.</summary>
    public sealed record Failed(DeliveryFault Fault) : RecipientOutcome;

    /// <summary>Kept until an operator releases it.</summary>
    public sealed record Held(string Reason) : RecipientOutcome;

    /// <summary>Not named to the next hop, which takes no more at once (RFC 9422): as it was, and next in turn.</summary>
    public sealed record Untried : RecipientOutcome;

    public static RecipientOutcome Of(DeliveryFault fault, bool hostFault = false) =>
        (fault.IsPermanent ? new Failed(fault) : (RecipientOutcome)new Deferred(fault, hostFault)) with { Hop = fault.Hop };
}
