using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Server.Callouts;
using Postern.Server.Dns;

namespace Postern.Server.Delivery.Smtp;

/// <summary>Asks IP_ACCESS before each outgoing connection.</summary>
public sealed class AddressGate(Func<MailPolicy> policy, CalloutLoop callouts, ILogger logger)
{
    /// <param name="message">its queue id, for the log.</param>
    /// <param name="number">of the target among the <paramref name="count"/> that were found, from 1.</param>
    public async ValueTask<AddressAnswer> AskAsync(
        ChannelDefinition channel, string message, NextHopTarget target, int number, int count, CancellationToken cancellationToken)
    {
        MailPolicy rules = policy();
        AddressAnswer answer = await callouts.AskAsync(
            answers => rules.OutgoingAddress(channel.Name, number, count, target.Address, target.Name, answers), static a => a.Pending, cancellationToken);
        if (answer.Verdict != Verdict.Accept || !answer.Address.Equals(target.Address))
            DeliveryLog.AddressDecided(logger, message, target.Name, target.Address, answer.Verdict == Verdict.Accept ? $"replaced by {answer.Address}" : answer.Verdict == Verdict.Reject ? "refused" : "passed over", answer.Text, DecidedBy.Of(answer.Explanation));
        return answer;
    }
}
