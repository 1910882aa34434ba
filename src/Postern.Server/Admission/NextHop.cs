using Postern.Policy.Access;
using Postern.Policy.Channels;
using Postern.Smtp.Addresses;

namespace Postern.Server.Admission;

/// <summary>Names the host a recipient's copy is handed to; recipients with one next hop travel together (<c>single_sys</c>).</summary>
public static class NextHop
{
    /// <returns>for an SMTP or LMTP channel what <c>daemon</c> names, else the first host of the address; otherwise the routing host.</returns>
    public static string Of(ExpandedRecipient recipient, ChannelTable channels)
    {
        ChannelDefinition? channel = channels.FindByName(recipient.Channel);
        if (channel is not { IsRemote: true }) return recipient.Host.ToLowerInvariant();
        if (channel.Daemon is { } daemon) return daemon.ToLowerInvariant();
        if (AddressParser.Parse(recipient.Address, smtpUtf8: true) is not AddressParse.Parsed { Mailbox: var mailbox }) return recipient.Host.ToLowerInvariant();
        MailDomain? first = mailbox.Route.IsEmpty ? mailbox.Domain : mailbox.Route[0];
        return first?.Key ?? recipient.Host.ToLowerInvariant();
    }
}
