using Postern.Mapping.Text;
using Postern.Policy.Channels;
using Postern.Smtp.Addresses;
using Postern.Smtp.Sasl;

namespace Postern.Policy.Configuration;

/// <summary>One user of the embedded directory.</summary>
/// <param name="Address">as written in the file, of the form <c>local-part@domain</c>.</param>
/// <param name="Verifier">null is a mailbox without login.</param>
public sealed record UserEntry(SourcePosition Position, string Address, ScramVerifier? Verifier)
{
    private readonly Mailbox? _mailbox = AddressParser.Parse(Address, smtpUtf8: true) is AddressParse.Parsed { Mailbox: var mailbox } ? mailbox : null;

    /// <summary>The channel of the user's authenticated sessions (<c>mailSMTPSubmitChannel</c>); null leaves it to <c>saslswitchchannel</c>.</summary>
    public ChannelName? SubmitChannel { get; init; }

    /// <summary>Where <c>userswitchchannel</c> moves transactions with this sender to; null leaves it to the domain.</summary>
    public ChannelName? SourceChannel { get; init; }

    /// <summary>Without quotes.</summary>
    public string LocalPart => _mailbox?.Local.Value ?? Address;

    /// <summary>Lower case, A-labels; "" when the address has no domain.</summary>
    public string DomainKey => _mailbox?.Domain?.Key ?? "";
}
