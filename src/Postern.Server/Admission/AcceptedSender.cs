using Postern.Policy.Access;
using Postern.Smtp.Addresses;
using Postern.Smtp.Commands;

namespace Postern.Server.Admission;

/// <summary>A MAIL command that policy accepted.</summary>
public sealed record AcceptedSender(ReversePath Path, MailParameters Parameters, Decision Decision, DateTimeOffset Time)
{
    /// <summary>The sender that later checks see and the queue keeps: the client's, unless FROM_ACCESS replaced it (<c>$J</c>).</summary>
    public ReversePath EffectivePath { get; } =
        Decision.SenderReplacement is { } replacement && AddressParser.Parse(replacement, smtpUtf8: false) is AddressParse.Parsed { Mailbox: var mailbox }
            ? new ReversePath(mailbox, replacement)
            : Path;
}
