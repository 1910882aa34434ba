using Postern.Policy.Access;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Server.Admission;

/// <summary>A MAIL command that policy accepted.</summary>
public sealed record AcceptedSender(ReversePath Path, MailParameters Parameters, Decision Decision, DateTimeOffset Time)
{
    /// <summary>The sender that later checks see and the queue keeps.</summary>
    public ReversePath EffectivePath { get; } = Effective(Path, Decision, Parameters.SmtpUtf8);

    /// <summary>The client's sender, unless FROM_ACCESS replaced it (<c>$J</c>).</summary>
    /// <param name="smtpUtf8">the transaction takes internationalised addresses.</param>
    public static ReversePath Effective(ReversePath path, Decision decision, bool smtpUtf8) => decision.SenderReplacement switch
    {
        null => path,
        var replacement when AddressParser.Parse(replacement, smtpUtf8) is AddressParse.Parsed { Mailbox: var mailbox } => new ReversePath(mailbox, replacement),
        _ => path,
    };
}
